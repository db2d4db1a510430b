"""Products: the painters of everything that a packshot shows."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from worker.lookbook.cloth import Cloth, Layer
from worker.lookbook.outfit.accessories import bag_outline
from worker.lookbook.outline import Tube, ellipse, join
from worker.lookbook.product.table import Table

Product = Literal["folded_shirt", "hanging_shirt", "trousers", "dress", "shoes", "bag"]


def _folded_shirt(table: Table) -> None:
    """A shirt or jumper folded to a rectangle, collar up."""
    rng, canvas, layer = table.canvas.rng, table.canvas, table.layer
    wide, tall = rng.uniform(0.72, 0.86), rng.uniform(0.9, 1.12)
    under = join(
        table.curve((-wide * 0.97, -tall + 0.2), (0, -tall + 0.12), (wide * 0.97, -tall + 0.2)),
        table.curve(
            (wide * 1.01, tall * 0.9),
            (wide * 0.96, tall + 0.04),
            (0, tall + 0.05),
            (-wide * 0.96, tall + 0.04),
            (-wide * 1.01, tall * 0.9),
        ),
    )
    canvas.paint(under, layer, depth=0.2, shadow=0)
    shape = join(
        table.curve((-wide, -tall + 0.32), (-wide * 0.93, -tall + 0.2), (-0.34, -tall + 0.02)),
        table.curve((0.34, -tall + 0.02), (wide * 0.93, -tall + 0.2), (wide, -tall + 0.32)),
        table.curve(
            (wide * 1.01, 0),
            (wide, tall * 0.94),
            (wide * 0.95, tall),
            (0, tall + 0.015),
            (-wide * 0.95, tall),
            (-wide, tall * 0.94),
            (-wide * 1.01, 0),
        ),
    )
    canvas.paint(shape, layer, depth=0.45, volume=0.8, shadow=0.4)
    for sign in (-1, 1):  # sleeves folded in
        table.seam(
            (sign * wide * 0.62, -tall + 0.16),
            (sign * wide * 0.66, 0),
            (sign * wide * 0.6, tall),
            strength=0.07,
            width=0.05,
        )
    if layer.cloth.weave == "knit":
        _crew_neck(table, -tall + 0.04)
        return
    _shirt_collar(table, -tall + 0.05, tall)


def _crew_neck(table: Table, top: float) -> None:
    """The band of a crew neck with the dark inside behind it."""
    inside = join(
        table.curve((-0.34, top), (0, top - 0.08), (0.34, top)),
        table.curve((0.34, top), (0, top + 0.2), (-0.34, top)),
    )
    table.canvas.paint(inside, table.layer, depth=0.2, shadow=0.0)
    table.canvas.tint(inside, (0, 0, 0), 0.3)
    band = Tube(
        [
            table.at(-0.36, top - 0.01),
            table.at(-0.2, top + 0.17),
            table.at(0, top + 0.23),
            table.at(0.2, top + 0.17),
            table.at(0.36, top - 0.01),
        ],
        [table.half * 0.045] * 5,
    )
    table.canvas.paint(band, table.layer, depth=0.1, shadow=0.35, fall=(("pulls", 0.3),))


def _shirt_collar(table: Table, top: float, bottom: float) -> None:
    """Collar points, placket and buttons."""
    canvas = table.canvas
    inside = join(
        table.curve((-0.3, top), (0, top - 0.07), (0.3, top)),
        table.curve((0.3, top), (0, top + 0.2), (-0.3, top)),
    )
    canvas.paint(inside, table.layer, depth=0.2, shadow=0.0)
    canvas.tint(inside, (0, 0, 0), 0.25)
    for sign in (-1, 1):
        wing = join(
            table.curve((sign * 0.32, top - 0.05), (sign * 0.2, top + 0.08), (0, top + 0.2)),
            table.straight((sign * 0.22, top + 0.4), (sign * 0.46, top + 0.1)),
        )
        canvas.paint(wing, table.layer, depth=0.1, shadow=0.45, fall=())
    for x in (-0.055, 0.055):
        table.seam(
            (x, top + 0.22), (x, (top + bottom) / 2), (x, bottom), strength=0.13, width=0.014
        )
    for y in np.arange(top + 0.34, bottom - 0.05, 0.28):
        canvas.tint(
            ellipse(table.at(0, float(y)), table.half * 0.024, table.half * 0.024),
            (232, 228, 220),
            0.85,
        )


def _hanging_shirt(table: Table) -> None:
    """A top as if worn invisibly, sleeves hanging."""
    rng, canvas, layer = table.canvas.rng, table.canvas, table.layer
    length, top = rng.uniform(0.95, 1.2), -0.98
    sleeve = float(rng.choice([0.5, 1.25, 1.45]))
    for sign in (-1, 1):
        shoulder, elbow = (
            (sign * 0.58, top + 0.26),
            (sign * (0.72 + 0.06 * sleeve), top + 0.26 + sleeve * 0.5),
        )
        wrist = (sign * (0.76 + 0.12 * sleeve), top + 0.26 + sleeve)
        tube = Tube(
            [table.at(*shoulder), table.at(*elbow), table.at(*wrist)],
            [table.half * 0.21, table.half * 0.17, table.half * (0.12 if sleeve > 1 else 0.18)],
        ).blunt()
        canvas.paint(tube, layer, angle=-sign * 0.12, depth=0.35, shadow=0, fall=(("drape", 0.7),))
    shape = join(
        table.curve((-0.32, top), (-0.52, top + 0.09), (-0.72, top + 0.2))[::-1],
        table.curve((0.32, top), (0.52, top + 0.09), (0.72, top + 0.2)),
        table.curve((0.66, top + 0.6), (0.62, 0), (0.65, length - 0.02)),
        table.curve((0.63, length), (0, length + 0.05), (-0.63, length)),
        table.curve((-0.65, length - 0.02), (-0.62, 0), (-0.66, top + 0.6)),
    )
    canvas.paint(shape, layer, depth=0.6, shadow=0.4)
    if layer.cloth.weave == "knit" or sleeve < 1:
        _crew_neck(table, top + 0.02)
    else:
        _shirt_collar(table, top + 0.03, length)
    table.seam((-0.62, length - 0.06), (0, length - 0.01), (0.62, length - 0.06), strength=0.15)


def _trousers(table: Table) -> None:
    """Trousers laid flat, or shorts."""
    rng, canvas, layer = table.canvas.rng, table.canvas, table.layer
    end = float(rng.choice([1.22, 1.22, 1.22, 0.2]))
    hem, spread = rng.uniform(0.15, 0.26) + (0.14 if end < 1 else 0), rng.uniform(0.3, 0.4)
    short = end < 1
    if short:
        table.centre[1] += 0.45 * table.half
    for sign in (-1, 1):
        outside = [(0.46, -1.2), (0.6, -0.75), (spread + hem + 0.05, 0.1), (spread + hem, end)]
        inside = [(spread - hem, end + 0.02), (spread - hem * 0.9, 0.1), (0, -0.42), (0, -1.18)]
        if short:
            outside = [(0.46, -1.2), (0.62, -0.75), (0.72, end)]
            inside = [(0.12, end + 0.05), (0.06, -0.2), (0, -0.4), (0, -1.18)]
        leg = join(
            table.curve(*((sign * x, y) for x, y in outside)),
            table.curve(*((sign * x, y) for x, y in inside)),
        )
        canvas.paint(leg, layer, angle=-sign * 0.06, depth=0.5, shadow=0.25)
        table.seam((sign * 0.44, -0.98), (sign * 0.36, -0.8), (sign * 0.58, -0.66), strength=0.25)
        table.seam(
            (sign * 0.02, -0.4), (sign * 0.2, -0.3), (sign * 0.4, -0.34), strength=0.1, width=0.04
        )
    table.seam((-0.5, -1.06), (0, -1.02), (0.5, -1.06), strength=0.25)
    table.seam((0, -1.18), (0.01, -0.8), (0, -0.42), strength=0.28)
    canvas.tint(
        ellipse(table.at(0.02, -1.12), table.half * 0.03, table.half * 0.03), (180, 160, 110), 0.9
    )


def _dress(table: Table) -> None:
    """A dress as if worn invisibly."""
    rng, canvas, layer = table.canvas.rng, table.canvas, table.layer
    flare, waist = rng.uniform(0.5, 0.78), rng.uniform(0.3, 0.4)
    if rng.random() < 0.6:
        for sign in (-1, 1):
            tube = Tube(
                [table.at(sign * 0.42, -1.0), table.at(sign * 0.58, -0.72)],
                [table.half * 0.14, table.half * 0.13],
            ).blunt()
            canvas.paint(tube, layer, depth=0.3, shadow=0)
    shape = join(
        table.curve(
            (-0.42, -1.12),
            (-0.26, -1.2),
            (0, -0.92 + rng.uniform(-0.1, 0.1)),
            (0.26, -1.2),
            (0.42, -1.12),
        ),
        table.curve(
            (0.44, -0.8), (waist + 0.04, -0.5), (waist, -0.3), (waist + 0.12, 0.1), (flare, 1.2)
        ),
        table.curve((flare * 0.6, 1.27), (0, 1.24), (-flare * 0.6, 1.27)),
        table.curve(
            (-flare, 1.2),
            (-waist - 0.12, 0.1),
            (-waist, -0.3),
            (-waist - 0.04, -0.5),
            (-0.44, -0.8),
        ),
    )
    canvas.paint(shape, layer, depth=0.6, shadow=0.35, fall=(("drape", 1.1), ("crumple", 0.2)))
    table.seam((-waist, -0.3), (0, -0.26), (waist, -0.3), strength=0.25, width=0.03)
    for x in np.linspace(-0.8, 0.8, 6):
        table.seam(
            (float(x) * waist * 0.8, -0.26),
            (float(x) * (waist + 0.1), 0.3),
            (float(x) * flare, 1.2),
            strength=0.12,
            width=0.06,
        )


def _shoes(table: Table) -> None:
    """A pair in profile, the second half hidden behind the first."""
    rng = table.canvas.rng
    boot = rng.random() < 0.35
    white = rng.random() < 0.6
    for shift, rise in ((0.16, -0.34), (-0.1, 0.12)):
        _one_shoe(table, shift, rise, boot, white)


def _one_shoe(table: Table, shift: float, rise: float, boot: bool, white: bool) -> None:
    """One shoe in profile, toe to the right."""
    canvas, layer = table.canvas, table.layer
    shaft = -0.72 if boot else -0.28

    def put(x: float, y: float) -> tuple[float, float]:
        return x * 0.95 + shift, y + rise

    upper = join(
        table.curve(put(-0.82, 0.3), put(-0.84, 0.0), put(-0.78, shaft)),
        table.curve(
            put(-0.3, shaft + 0.02),
            put(-0.2, -0.1),
            put(0.12, -0.04),
            put(0.5, 0.1),
            put(0.8, 0.18),
            put(0.9, 0.32),
        ),
        table.straight(put(0.88, 0.36), put(-0.8, 0.36)),
    )
    canvas.paint(upper, layer, depth=0.4, shadow=0.45, fall=(("pulls", 0.2),))
    sole = join(
        table.curve(put(-0.86, 0.3), put(0, 0.33), put(0.92, 0.29)),
        table.curve(put(0.95, 0.38), put(0.86, 0.43), put(0, 0.44), put(-0.86, 0.43)),
    )
    tone = (226, 224, 218) if white else (46, 40, 36)
    canvas.paint(
        sole, Layer(Cloth(tone, "plain", fold=0), layer.part), depth=0.1, shadow=0.2, fall=()
    )
    table.seam(put(0.42, 0.06), put(0.46, 0.2), put(0.4, 0.3), strength=0.2)
    table.seam(put(-0.45, 0.3), put(-0.4, 0.1), put(-0.25, -0.08), strength=0.2)
    for step in range(5 if boot else 4):
        x, y = -0.16 + 0.11 * step, -0.08 + 0.035 * step
        lace = table.curve(
            put(x - 0.02, y + 0.12), put(x + 0.05, y + 0.01), put(x + 0.07, y - 0.02)
        )
        canvas.stroke(lace, 0.05, -0.55 if sum(layer.cloth.rgb) < 500 else 0.4, layer.part)
    inside = ellipse(table.at(*put(-0.54, shaft + 0.01)), table.half * 0.22, table.half * 0.045)
    canvas.tint(inside, (20, 18, 17), 0.75)


def _bag(table: Table) -> None:
    """A handbag with two handles, the paper seen between them."""
    rng, canvas, layer = table.canvas.rng, table.canvas, table.layer
    wide, tall = rng.uniform(0.7, 0.88), rng.uniform(0.45, 0.66)
    middle = table.at(0, 0.4)
    rise = rng.uniform(0.5, 0.85)
    for drop, reach in ((0.1, 0.46), (0.0, 0.5)):
        high, low = 0.4 - tall - rise * 0.6 + drop, 0.4 - tall * 0.8
        side = reach * wide
        way = [(-side, low), (-side, high), (0, high - rise * 0.4), (side, high), (side, low)]
        grip = Tube([table.at(x, y) for x, y in way], [table.half * 0.045] * 5)
        canvas.paint(grip, layer, depth=0.1, shadow=0.3, fall=())
    canvas.paint(
        bag_outline(middle, wide * table.half, tall * table.half),
        layer,
        depth=0.6,
        shadow=0.3,
        fall=(("crumple", 0.5),),
    )
    y = 0.4 - tall * 0.35
    table.seam((-wide, y - 0.06), (0, y + 0.06), (wide, y - 0.06), strength=0.3, width=0.03)
    table.seam(
        (-wide * 0.95, 0.4 + tall * 0.85), (0, 0.4 + tall * 0.9), (wide * 0.95, 0.4 + tall * 0.85)
    )
    canvas.tint(
        ellipse(table.at(0, y + 0.08), table.half * 0.06, table.half * 0.05), (208, 184, 120), 0.95
    )


PAINTERS: dict[Product, Callable[[Table], None]] = {
    "folded_shirt": _folded_shirt,
    "hanging_shirt": _hanging_shirt,
    "trousers": _trousers,
    "dress": _dress,
    "shoes": _shoes,
    "bag": _bag,
}
