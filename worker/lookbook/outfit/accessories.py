"""Accessories: belts, scarves, bags, hats and sunglasses, which all count as clothes."""

import numpy as np

from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Layer
from worker.lookbook.outfit.wardrobe import Hat
from worker.lookbook.outline import Point, Points, Tube, between, ellipse, join, point, spline
from worker.lookbook.person.body import SIDES, SIGN, Body
from worker.lookbook.person.face import Head, head_of


def paint_belt(canvas: Canvas, body: Body, layer: Layer) -> None:
    """A belt at the waist with a small buckle."""
    drop = point(0, body.px(0.1))
    left, right = (body.flank(s, 0.05)[2] + drop for s in SIDES)
    low = between(left, right, 0.5) + point(0, body.px(0.05))
    band = Tube([left, low, right], [body.px(0.055)] * 3).blunt()
    canvas.paint(band, layer, depth=0.08, shadow=0.3, fall=())
    buckle = low + point(body.px(0.08 * body.yaw), 0)
    canvas.tint(ellipse(buckle, body.px(0.07), body.px(0.06)), (206, 186, 130), 0.85)


def paint_scarf(canvas: Canvas, body: Body, layer: Layer) -> None:
    """A scarf once round the neck, one or two ends hanging down."""
    rng, unit = canvas.rng, body.unit
    fall = (("pulls", 1.0), ("drape", 0.4))
    for side in SIDES if rng.random() < 0.5 else (int(rng.integers(2)),):
        start = body.neck + point(SIGN[side] * 0.14 * unit, 0.2 * unit)
        length = rng.uniform(1.0, 1.9) * unit
        end = start + point(SIGN[side] * 0.12 * unit, length)
        tail = Tube(
            [start, between(start, end, 0.5) + point(rng.normal(0, 0.05) * unit, 0), end],
            [0.17 * unit, 0.19 * unit, 0.2 * unit],
        ).blunt()
        canvas.paint(tail, layer, depth=0.2, shadow=0.5, fall=(("drape", 1.0),))
    for drop, wide in ((0.2, 0.36), (0.03, 0.33)):
        row = body.neck + point(0, drop * unit)
        loop = Tube(
            [
                row + point(-wide * unit, -0.06 * unit),
                row + point(0, 0.12 * unit),
                row + point(wide * unit, -0.06 * unit),
            ],
            [0.12 * unit, 0.15 * unit, 0.12 * unit],
        )
        canvas.paint(loop, layer, angle=1.5, depth=0.2, shadow=0.4, fall=fall)


def paint_bag(canvas: Canvas, body: Body, layer: Layer) -> None:
    """A bag in a hanging hand, or across the body when no hand is free."""
    free = [s for s in SIDES if body.arm_poses[s] in ("down", "carry")]
    if free and canvas.rng.random() < 0.6:
        side = free[int(canvas.rng.integers(len(free)))]
        arm = body.arms[side]
        grip = arm.end + (arm.end - arm.middle) * 0.3
        _bag_at(canvas, body, layer, grip + point(0, body.px(0.62)), grip)
        return
    side = int(canvas.rng.integers(2))
    hip = body.flank(side, 0.1)[3] + point(SIGN[side] * body.px(0.02), 0)
    shoulder = between(body.shoulders[1 - side], body.neck, 0.35) + point(0, -body.px(0.08))
    chest = between(shoulder, hip, 0.5) + point(0, body.px(0.05))
    strap = Tube([shoulder, chest, hip], [body.px(0.035)] * 3)
    canvas.paint(strap, layer, depth=0.05, shadow=0.35, fall=())
    _bag_at(canvas, body, layer, hip + point(0, body.px(0.15)), None)


def _bag_at(canvas: Canvas, body: Body, layer: Layer, middle: Point, grip: Point | None) -> None:
    """The bag itself, hanging from a grip when one is given."""
    rng, unit = canvas.rng, body.unit
    wide, tall = rng.uniform(0.34, 0.52) * unit, rng.uniform(0.26, 0.42) * unit
    if grip is not None:
        lift = middle - point(0, tall * 0.8)
        for shift in (-0.5, 0.5):
            handle = Tube([lift + point(shift * wide, 0), grip], [0.026 * unit] * 2)
            canvas.paint(handle, layer, depth=0.05, shadow=0.3, fall=())
    body_of_bag = bag_outline(middle, wide, tall)
    canvas.paint(body_of_bag, layer, depth=0.35, shadow=0.45, fall=(("crumple", 0.5),))
    flap = middle - point(0, tall * 0.15)
    canvas.stroke(
        spline(
            [flap - point(wide * 0.95, tall * 0.3), flap, flap + point(wide * 0.95, -tall * 0.3)]
        ),
        0.03,
        0.28,
        layer.part,
    )
    canvas.tint(
        ellipse(flap + point(0, 0.05 * unit), 0.035 * unit, 0.035 * unit), (210, 190, 130), 0.9
    )


def bag_outline(middle: Point, wide: float, tall: float) -> Points:
    """A soft box, half sizes in pixels."""
    shape = [
        (-0.86, -1.0),
        (0.0, -1.04),
        (0.86, -1.0),
        (1.0, -0.2),
        (1.02, 0.7),
        (0.8, 1.0),
        (0.0, 1.04),
        (-0.8, 1.0),
        (-1.02, 0.7),
        (-1.0, -0.2),
    ]
    return spline([middle + point(x * wide, y * tall) for x, y in shape], closed=True)


def paint_hat(canvas: Canvas, body: Body, kind: Hat, layer: Layer) -> None:
    """A beanie, a brimmed hat or a cap, over the hair."""
    head = head_of(body)
    grow = 1.14
    band = -0.42 if kind == "beanie" else -0.5
    dome = join(
        spline(
            [
                head.at(-grow, band),
                head.at(-grow * 0.96, -0.85),
                head.at(-0.5, -1.24),
                head.at(0.0, -1.32),
                head.at(0.5, -1.24),
                head.at(grow * 0.96, -0.85),
                head.at(grow, band),
            ]
        ),
        spline([head.at(grow, band), head.at(0, band + 0.1), head.at(-grow, band)]),
    )
    canvas.paint(dome, layer, depth=0.4, shadow=0.5, fall=(("crumple", 0.4),))
    if kind == "beanie":
        edge = Tube(
            [head.at(-grow, band + 0.02), head.at(0, band + 0.14), head.at(grow, band + 0.02)],
            [head.ry * 0.15] * 3,
        )
        canvas.paint(edge, layer, depth=0.12, shadow=0.3, fall=(("pulls", 0.5),))
    elif kind == "brimmed":
        brim = ellipse(head.at(0, band + 0.03), head.rx * 1.95, head.ry * 0.2)
        canvas.paint(brim, layer, depth=0.12, shadow=0.55, fall=())
        canvas.paint(dome, layer, depth=0.4, shadow=0.2, fall=(("crumple", 0.3),))
        ribbon = spline(
            [head.at(-grow, band - 0.08), head.at(0, band + 0.02), head.at(grow, band - 0.08)]
        )
        canvas.stroke(ribbon, 0.1, 0.5, layer.part)
    else:
        peak = join(
            spline([head.at(-0.8, band), head.facing(0, band + 0.34), head.at(0.8, band)]),
            spline([head.at(0.8, band), head.at(0, band + 0.02), head.at(-0.8, band)]),
        )
        canvas.paint(peak, layer, depth=0.08, shadow=0.5, fall=())


def paint_glasses(canvas: Canvas, body: Body, layer: Layer) -> None:
    """Sunglasses: two lenses, a bridge and the temples."""
    head = head_of(body)
    rx, ry = head.rx * canvas.rng.uniform(0.33, 0.4), head.ry * canvas.rng.uniform(0.15, 0.2)
    spots = [head.facing(s * 0.43, 0.0) for s in SIGN]
    shapes: list[Points | Tube] = [_lens(spot, rx, ry) for spot in spots]
    shapes.append(
        Tube(
            [spots[0], between(spots[0], spots[1], 0.5) - point(0, ry * 0.3), spots[1]],
            [head.rx * 0.035] * 3,
        )
    )
    for sign, spot in zip(SIGN, spots, strict=True):
        shapes.append(Tube([spot, head.at(sign * 0.98, -0.08)], [head.rx * 0.035] * 2))
    canvas.paint(tuple(shapes), layer, depth=0.1, volume=0.6, shadow=0.25, fall=())
    for spot in spots:
        glint = np.array([spot + point(-rx * 0.45, -ry * 0.4), spot + point(rx * 0.1, -ry * 0.5)])
        canvas.stroke(glint, 0.022, -0.35, layer.part)


def _lens(spot: Point, rx: float, ry: float) -> Points:
    """A rounded lens, flatter at the top."""
    shape = [
        (-0.95, -0.65),
        (0.0, -0.85),
        (0.95, -0.65),
        (0.9, 0.35),
        (0.3, 1.0),
        (-0.3, 1.0),
        (-0.9, 0.35),
    ]
    return spline([spot + point(x * rx, y * ry) for x, y in shape], closed=True)


__all__ = [
    "Head",
    "bag_outline",
    "paint_bag",
    "paint_belt",
    "paint_glasses",
    "paint_hat",
    "paint_scarf",
]
