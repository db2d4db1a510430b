"""Garments of the lower body: trousers, skirts, tights and shoes."""

from dataclasses import dataclass

import numpy as np

from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Layer
from worker.lookbook.outfit.tops import LIMB_FALL, SKIRT_FALL, hem_curve
from worker.lookbook.outfit.wardrobe import Shoe
from worker.lookbook.outline import Points, Tube, between, ellipse, join, point, spline
from worker.lookbook.person.body import SIDES, SIGN, Body
from worker.lookbook.person.figure import foot_tip


def paint_trousers(canvas: Canvas, body: Body, layer: Layer, length: float, wide: float) -> None:
    """Trousers, jeans, shorts or leggings.

    `length` is the share of the leg (0.25 shorts, 1 ankle); `wide` 0 tight .. 1 wide.
    """
    base = {0.0: 0.37, 0.25: 0.3, 0.5: 0.225, 0.75: 0.2, 1.0: 0.125}
    stops = [share for share in base if share < length - 0.04]
    radii = [base[share] + wide * (0.05 + 0.13 * share) for share in stops]
    end = float(np.interp(length, list(base), list(base.values())))
    radii.append(end + wide * (0.05 + 0.13 * length) + 0.02)
    thick = [r * body.px(body.build) for r in radii]
    tubes = [Tube(leg.until(length), thick).blunt() for leg in body.legs]
    shape = (tubes[0], tubes[1], seat(body, 0.02 + 0.03 * wide))
    canvas.paint(shape, layer, depth=0.34, shadow=0.45, fall=LIMB_FALL)
    front = max(SIDES, key=lambda s: body.legs[s].end[1])
    edge = tubes[front].outline
    half = len(edge) // 2
    inner = edge[half:][::-1] if front == 0 else edge[:half]
    canvas.stroke(inner[half // 5 :], 0.035, 0.3, layer.part)
    for side in SIDES:
        if length > 0.6:
            _knee_folds(canvas, body, side, layer)
        last, before = tubes[side].outline[half - 1], tubes[side].outline[half]
        lift = (body.legs[side].middle - body.legs[side].end) * 0.05
        canvas.stroke(np.array([last + lift, before + lift]), 0.018, 0.18, layer.part)
    _seat_seams(canvas, body, layer)


def seat(body: Body, ease: float) -> Points:
    """The part of trousers between waist and crotch."""
    left, right = ([*body.flank(s, -0.02)[:3], body.flank(s, ease)[3]] for s in SIDES)
    low = [body.legs[s].at(0.1) + point(SIGN[s] * body.px(0.31 * body.build), 0) for s in SIDES]
    crotch = body.down(1.0) + point(0, body.px(0.06))
    return join(
        np.array([left[2]]),
        spline([right[2], right[3], low[1]]),
        np.array([crotch]),
        spline([low[0], left[3], left[2]]),
    )


def _knee_folds(canvas: Canvas, body: Body, side: int, layer: Layer) -> None:
    """Creases at the knee and above the hem."""
    leg, rng = body.legs[side], canvas.rng
    for share in (0.46, 0.52, 0.58, 0.9, 0.95):
        middle = leg.at(min(share + rng.normal(0, 0.01), 1.0))
        run = point(body.px(rng.uniform(0.08, 0.2)), body.px(rng.normal(0, 0.06)))
        sag = middle + point(0, body.px(0.04))
        canvas.stroke(
            spline([middle - run, sag, middle + run]),
            0.03,
            0.12 * layer.cloth.fold + 0.03,
            layer.part,
        )


def _seat_seams(canvas: Canvas, body: Body, layer: Layer) -> None:
    """Waistband, fly, pockets and the creases that run from the crotch."""
    left, right = body.flank(0)[2], body.flank(1)[2]
    band = point(0, body.px(0.14))
    canvas.stroke(np.array([left + band, right + band]), 0.02, 0.2, layer.part)
    crotch = body.down(1.0)
    canvas.stroke(
        spline([body.waist + band, between(body.waist, crotch, 0.6), crotch]),
        0.022,
        0.22,
        layer.part,
    )
    for side in SIDES:
        hip = body.flank(side)[3]
        pocket = spline(
            [
                between(body.flank(side)[2], body.waist, 0.35) + band,
                between(hip, body.waist, 0.25),
                between(hip, body.flank(side)[2], 0.25),
            ]
        )
        canvas.stroke(pocket, 0.022, 0.22, layer.part)
        away = crotch + point(SIGN[side] * body.px(0.42), -body.px(0.06))
        canvas.stroke(
            spline([crotch, between(crotch, away, 0.5) + point(0, body.px(0.05)), away]),
            0.04,
            0.14 * layer.cloth.fold + 0.03,
            layer.part,
        )


@dataclass(frozen=True, slots=True)
class Skirt:
    """How a skirt is cut: `hem` 1 crotch, 2 knees, 3 ankles; `flare` in heads a share."""

    hem: float
    flare: float
    pleats: bool


def paint_skirt(canvas: Canvas, body: Body, layer: Layer, cut: Skirt) -> None:
    """A skirt from the waist down."""
    hem, flare, pleats = cut.hem, cut.flare, cut.pleats
    sides: list[Points] = []
    for side in SIDES:
        _, _, waist, hip = body.flank(side, 0.04)
        reach = body.half("hip") + 0.05 + flare * (hem - 0.62)
        end = body.down(hem) + point(SIGN[side] * body.px(reach), 0)
        bow = between(hip, end, 0.4) + point(SIGN[side] * body.px(0.04 + 0.04 * flare), 0)
        sides.append(spline([waist, hip, bow, end]))
    waves = body.px(0.012 + 0.05 * flare)
    edge = hem_curve(sides[0][-1], sides[1][-1], body.px(0.1), canvas.rng, waves)
    canvas.paint(
        join(sides[1], edge, sides[0][::-1]),
        layer,
        depth=0.7,
        shadow=0.5,
        fall=SKIRT_FALL if flare > 0.1 or pleats else (("drape", 0.5), ("pulls", 0.4)),
    )
    for share in np.linspace(0.12, 0.88, 8 if pleats else 4):
        top = between(sides[0][2], sides[1][2], float(0.15 + 0.7 * share))
        low = between(sides[0][-1], sides[1][-1], float(share)) + point(0, body.px(0.06))
        strength = 0.2 if pleats else 0.07 + 0.08 * layer.cloth.fold
        canvas.stroke(
            spline([between(top, low, 0.1 if pleats else 0.4), between(top, low, 0.6), low]),
            0.05,
            strength,
            layer.part,
        )
    band = point(0, body.px(0.12))
    canvas.stroke(np.array([sides[0][0] + band, sides[1][0] + band]), 0.02, 0.2, layer.part)


def paint_tights(canvas: Canvas, body: Body, layer: Layer) -> None:
    """Tights: the legs' own shape in cloth, feet included."""
    for side in sorted(SIDES, key=lambda s: body.legs[s].end[1]):
        leg, unit = body.legs[side], body.px(body.build)
        calf = between(leg.middle, leg.end, 0.33) + point(SIGN[side] * body.px(0.03), 0)
        shape = Tube(
            [leg.start, leg.middle, calf, leg.end, foot_tip(body, side)],
            [0.365 * unit, 0.22 * unit, 0.215 * unit, 0.12 * unit, 0.1 * unit],
        )
        canvas.paint(shape, layer, depth=0.28, shadow=0.3, fall=())


def paint_shoes(canvas: Canvas, body: Body, kind: Shoe, layer: Layer, shaft: float) -> None:
    """Both shoes, the hind one first; `shaft` is the height of a boot in heads."""
    for side in sorted(SIDES, key=lambda s: body.legs[s].end[1]):
        leg, unit = body.legs[side], body.unit
        ankle, toe = leg.end, foot_tip(body, side)
        tip = toe + point(0, body.px(0.02))
        heel = ankle + point(-SIGN[side] * body.px(0.01), body.px(0.04))
        wide = {"pumps": 0.1, "sandals": 0.13}.get(kind, 0.165)
        last = Tube(
            [heel, between(heel, tip, 0.5), tip],
            [0.14 * unit, wide * 1.05 * unit, wide * 0.92 * unit],
        )
        if kind == "boots":
            along = between(ankle, leg.middle, min(shaft / 1.8, 0.9))
            upper = Tube(
                [along, between(along, heel, 0.6), heel],
                [(0.15 + 0.05 * min(shaft, 1.0)) * unit, 0.15 * unit, 0.14 * unit],
            ).blunt()
            canvas.paint((last, upper), layer, depth=0.2, shadow=0.35, fall=(("pulls", 0.6),))
        elif kind in ("pumps", "sandals"):
            _open_shoe(canvas, body, side, kind, layer)
        else:
            canvas.paint(last, layer, depth=0.18, shadow=0.35, fall=())
        if kind in ("trainers", "boots", "loafers"):
            _sole(canvas, body, side, kind, layer.part)


def _open_shoe(canvas: Canvas, body: Body, side: int, kind: Shoe, layer: Layer) -> None:
    """A pump's toe cap with heel, or a sandal's straps."""
    ankle, toe, unit = body.legs[side].end, foot_tip(body, side), body.unit
    if kind == "pumps":
        cap = between(ankle, toe, 0.62)
        shape = Tube(
            [cap, toe, toe + point(0, 0.06 * unit)], [0.12 * unit, 0.11 * unit, 0.05 * unit]
        )
        heel = Tube(
            [
                ankle + point(SIGN[side] * 0.07 * unit, 0.06 * unit),
                ankle + point(SIGN[side] * 0.09 * unit, 0.26 * unit),
            ],
            [0.07 * unit, 0.025 * unit],
        )
        canvas.paint(heel, layer, depth=0.08, shadow=0.2, fall=())
        canvas.paint(shape, layer, depth=0.12, shadow=0.2, fall=())
        return
    for share in (0.05, 0.5, 0.82):
        middle = between(ankle, toe, share)
        run = point(0.125 * unit, 0.015 * unit)
        strap = Tube(
            [middle - run, middle + point(0, -0.02 * unit), middle + run], [0.03 * unit] * 3
        )
        canvas.paint(strap, layer, depth=0.06, shadow=0.3, fall=())
    sole = Tube(
        [toe + point(-0.1 * unit, 0.085 * unit), toe + point(0.1 * unit, 0.085 * unit)],
        [0.028 * unit] * 2,
    )
    canvas.paint(sole, layer, depth=0.05, shadow=0.0, fall=())


def _sole(canvas: Canvas, body: Body, side: int, kind: Shoe, part: int) -> None:
    """The sole's edge, and laces on trainers."""
    ankle, toe, unit = body.legs[side].end, foot_tip(body, side), body.unit
    width = 0.145 * unit
    low = toe + point(0, 0.125 * unit)
    edge = spline(
        [low + point(-width, -0.05 * unit), low + point(0, 0.0), low + point(width, -0.05 * unit)]
    )
    bright = kind == "trainers"
    canvas.tint(
        Tube(list(edge), [0.03 * unit] * len(edge), steps=2),
        (236, 235, 230) if bright else (24, 21, 20),
        0.85,
    )
    if bright:
        for share in (0.35, 0.5, 0.65):
            middle = between(ankle, toe, share)
            lace = np.array(
                [middle + point(-0.06 * unit, 0), middle + point(0.06 * unit, 0.01 * unit)]
            )
            canvas.stroke(lace, 0.022, -0.6, part)
    canvas.tint(
        ellipse(between(ankle, toe, 0.2), 0.09 * unit, 0.02 * unit), (12, 10, 10), 0.35, blur=0.02
    )
