"""Garments of the upper body: tops, dresses, coats and their sleeves."""

from dataclasses import dataclass

import numpy as np

from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Layer
from worker.lookbook.outline import Point, Points, Tube, between, ellipse, join, point, spline
from worker.lookbook.person.body import SIDES, SIGN, Body

LIMB_FALL = (("pulls", 0.55), ("drape", 0.5))
TRUNK_FALL = (("drape", 0.55), ("crumple", 0.65))
SKIRT_FALL = (("drape", 1.2), ("crumple", 0.2))


@dataclass(frozen=True, slots=True)
class Cut:
    """How a garment is cut. `hem` and `sleeve` are shares of body and arm, the rest in heads.

    `hem`: 0 waist, 1 crotch, 2 knees, 3 ankles. `sleeve`: 0 none, 0.5 elbow, 1 wrist.
    """

    hem: float
    sleeve: float
    ease: float = 0.06
    flare: float = 0.0
    neck_depth: float = 0.22
    neck_width: float = 0.3
    cuff: float = 0.04


def flank(body: Body, side: int, cut: Cut) -> list[Point]:
    """The garment's edge down one side from the shoulder to the hem."""
    tip, chest, waist, hip = body.flank(side, cut.ease)
    if cut.sleeve == 0:
        strap = between(tip, body.neck, 0.36) + point(0, body.px(0.02))
        tip, chest = strap, chest + point(0, body.px(0.06))
        inner = between(strap, chest, 0.55) + point(-SIGN[side] * body.px(0.12), 0)
        line = [strap, inner, chest]
    else:
        line = [tip, between(tip, chest, 0.5) + point(SIGN[side] * body.px(0.02), 0), chest]
    hip_share = 0.62
    if cut.hem <= hip_share:
        share = max(cut.hem, 0.02) / hip_share
        return [*line, waist, between(waist, hip, share)]
    reach = body.half("hip") + cut.ease + cut.flare * (cut.hem - hip_share)
    end = body.down(cut.hem) + point(SIGN[side] * body.px(reach), 0)
    middle = between(hip, end, 0.45) + point(SIGN[side] * body.px(cut.flare * 0.05), 0)
    return [*line, waist, hip, middle, end]


def hem_curve(
    left: Point, right: Point, sag: float, rng: np.random.Generator, waves: float
) -> Points:
    """The lower edge from right to left, hanging by `sag` pixels, wavy by `waves` pixels."""
    across = np.linspace(1.0, 0.0, 13)[:, None]
    line = left + (right - left) * across
    line[:, 1] += sag * (1 - (2 * across[:, 0] - 1) ** 2)
    line[1:-1, 1] += rng.normal(0, waves, 11)
    return spline(line, steps=4)


def trunk(body: Body, cut: Cut, rng: np.random.Generator) -> Points:
    """The outline of a garment's body, without sleeves."""
    left, right = flank(body, 0, cut), flank(body, 1, cut)
    return join(
        body.neckline(cut.neck_depth, cut.neck_width),
        spline(right),
        hem_curve(left[-1], right[-1], body.px(0.07), rng, body.px(0.012 + 0.03 * cut.flare)),
        spline(left)[::-1],
    )


def paint_trunk(canvas: Canvas, body: Body, layer: Layer, cut: Cut) -> None:
    """The body of a garment with its hem seam and the pull of its waist."""
    fall = SKIRT_FALL if cut.flare > 0.2 else TRUNK_FALL
    canvas.paint(
        trunk(body, cut, canvas.rng),
        layer,
        angle=body.tilt,
        depth=0.75,
        volume=0.9,
        shadow=0.35,
        fall=fall,
    )
    for side in SIDES:  # folds from the armpit towards the waist
        start = between(body.flank(side)[1], body.chest, 0.12)
        end = between(body.flank(side)[2], body.waist, canvas.rng.uniform(0.25, 0.6))
        bow = between(start, end, 0.5) + point(-SIGN[side] * body.px(0.05), 0)
        canvas.stroke(spline([start, bow, end]), 0.05, 0.10 * layer.cloth.fold, layer.part)
    left, right = flank(body, 0, cut)[-1], flank(body, 1, cut)[-1]
    lift = point(0, -body.px(0.07))
    seam = hem_curve(left + lift, right + lift, body.px(0.07), canvas.rng, 0.0)
    canvas.stroke(seam, 0.018, 0.16, layer.part)


def paint_sleeve(canvas: Canvas, body: Body, side: int, layer: Layer, cut: Cut) -> None:
    """One sleeve down to its cuff; nothing for a sleeveless cut."""
    if cut.sleeve <= 0:
        return
    arm = body.arms[side]
    points = arm.until(cut.sleeve)
    thick = body.build * (0.9 + 0.2 * (1 - body.feminine))
    top, bottom = (
        0.17 * thick + cut.ease * 0.7 + 0.015,
        0.13 * thick + cut.cuff + 0.05 * (1 - cut.sleeve),
    )
    radii = np.linspace(top, bottom, len(points)) * body.unit
    reach = arm.end - arm.start
    angle = float(np.arctan2(-reach[0], reach[1]))
    tube = Tube(points, [float(r) for r in radii]).blunt()
    canvas.paint(tube, layer, angle=angle, depth=0.24, shadow=0.45, fall=LIMB_FALL)
    if cut.sleeve > 0.5:
        _elbow_folds(canvas, body, side, layer)
    end, before = points[-1], points[-2]
    along = (end - before) / max(float(np.linalg.norm(end - before)), 1e-6)
    across = np.array([-along[1], along[0]]) * radii[-1]
    cuff = end - along * body.px(0.09)
    canvas.stroke(np.array([cuff - across, cuff + across]), 0.018, 0.2, layer.part)


def _elbow_folds(canvas: Canvas, body: Body, side: int, layer: Layer) -> None:
    """Short creases across the inside of the elbow."""
    arm = body.arms[side]
    along = arm.end - arm.start
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    across = np.array([-along[1], along[0]])
    for offset in (-0.14, -0.02, 0.1):
        middle = arm.middle + along * body.px(offset + canvas.rng.normal(0, 0.02))
        tip = across * body.px(0.17) + along * body.px(canvas.rng.normal(0.02, 0.05))
        canvas.stroke(
            spline([middle - tip * 0.4, middle + along * body.px(0.02), middle + tip]),
            0.03,
            0.17 * layer.cloth.fold + 0.04,
            layer.part,
        )


def paint_front(canvas: Canvas, body: Body, layer: Layer, cut: Cut) -> None:
    """Placket line and buttons down the middle."""
    top = body.neck + point(body.px(0.06 * body.yaw), body.px(cut.neck_depth))
    bottom = body.down(cut.hem) + point(0, body.px(0.03))
    line = spline(
        [
            top,
            body.chest + point(body.px(0.1 * body.yaw), 0),
            body.waist + point(body.px(0.08 * body.yaw), 0),
            bottom,
        ]
    )
    canvas.stroke(line, 0.022, 0.24, layer.part)
    canvas.stroke(line + np.array([body.px(0.08), 0]), 0.014, 0.12, layer.part)
    for spot in line[3 :: max(len(line) // 7, 1)]:
        canvas.tint(
            ellipse(spot + point(body.px(0.04), 0), body.px(0.022), body.px(0.022)),
            (236, 230, 220) if canvas.rng.random() < 0.5 else (40, 36, 34),
            0.8,
        )


def paint_collar(canvas: Canvas, body: Body, layer: Layer, cut: Cut) -> None:
    """A shirt's collar: two points over the neckline."""
    for side in SIDES:
        sign = SIGN[side]
        outer = body.neck + point(sign * body.px(cut.neck_width), -body.px(0.1))
        inner = body.neck + point(body.px(0.05 * body.yaw), body.px(cut.neck_depth + 0.03))
        tip = inner + point(sign * body.px(0.2), body.px(0.13))
        wing = join(
            spline([outer, between(outer, inner, 0.55) + point(sign * body.px(0.02), 0), inner]),
            np.array([tip, outer + point(sign * body.px(0.06), body.px(0.06))]),
        )
        canvas.paint(wing, layer, depth=0.08, shadow=0.35, fall=())


def paint_neckband(canvas: Canvas, body: Body, layer: Layer, cut: Cut, *, high: bool) -> None:
    """A ribbed band round the neckline; `high` a roll neck."""
    if high:
        top = body.neck + point(0, -body.px(0.2))
        neck = Tube([top, body.neck + point(0, body.px(0.1))], [body.px(0.25), body.px(0.31)])
        canvas.paint(neck.blunt(), layer, depth=0.25, shadow=0.3, fall=(("pulls", 0.7),))
        return
    edge = body.neckline(cut.neck_depth, cut.neck_width)
    canvas.stroke(edge + np.array([0, body.px(0.07)]), 0.02, 0.2, layer.part)


def paint_coat(canvas: Canvas, body: Body, layer: Layer, cut: Cut, gap: float) -> None:
    """A coat or jacket: closed when `gap` is 0, else open by that much (heads) at the hem."""
    rng = canvas.rng
    hem = body.down(cut.hem)
    if gap <= 0:
        paint_trunk(canvas, body, layer, cut)
        paint_front(canvas, body, layer, cut)
    for side in SIDES if gap > 0 else ():
        sign = SIGN[side]
        edge = flank(body, side, cut)
        collar = body.neck + point(sign * body.px(cut.neck_width), -body.px(0.03))
        breast = body.chest + point(sign * body.px(gap * 0.55 + 0.04), 0)
        waist = body.waist + point(sign * body.px(gap * 0.6), 0)
        bottom = hem + point(sign * body.px(gap), body.px(0.05))
        panel = join(
            spline(
                [
                    collar,
                    between(collar, breast, 0.5) + point(-sign * body.px(0.03), 0),
                    breast,
                    waist,
                    bottom,
                ]
            ),
            spline(edge)[::-1],
        )
        canvas.paint(panel, layer, angle=-sign * 0.05, depth=0.55, shadow=0.5, fall=TRUNK_FALL)
    for side in SIDES:  # pocket mouths
        spot = between(body.flank(side, cut.ease)[3], body.pelvis, 0.35)
        if cut.hem > 0.9:
            run = point(SIGN[side] * body.px(0.13), body.px(rng.uniform(-0.06, 0.1)))
            canvas.stroke(np.array([spot - run, spot + run]), 0.035, 0.25, layer.part)


def paint_lapels(canvas: Canvas, body: Body, layer: Layer, cut: Cut, gap: float) -> None:
    """Both lapels, from the neck to the first button."""
    for side in SIDES:
        sign = SIGN[side]
        collar = body.neck + point(sign * body.px(cut.neck_width * 0.85), -body.px(0.12))
        notch = body.neck + point(sign * body.px(0.46), body.px(0.3))
        point_out = body.chest + point(sign * body.px(0.42), -body.px(0.22))
        low = between(body.chest, body.waist, 0.35) + point(sign * body.px(gap * 0.5), 0)
        inner = body.neck + point(sign * body.px(0.16), body.px(0.2))
        shape = join(spline([collar, notch]), np.array([point_out]), spline([low, inner, collar]))
        canvas.paint(shape, layer, depth=0.16, volume=0.8, shadow=0.4, fall=())
