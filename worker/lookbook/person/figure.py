"""Figure: the bare person – limbs, torso, neck and head – painted as skin."""

import numpy as np

from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Layer, Rgb
from worker.lookbook.outline import Point, Points, Tube, between, ellipse, join, point, spline
from worker.lookbook.person.body import SIDES, SIGN, Body

BARE = (("cloud", 0.0),)


def paint_legs(canvas: Canvas, body: Body, skin: Layer) -> None:
    """Both legs and feet, the hind one first."""
    order = sorted(SIDES, key=lambda s: body.legs[s].end[1])
    for side in order:
        leg = body.legs[side]
        thick = body.px(body.build)
        calf = between(leg.middle, leg.end, 0.33) + point(SIGN[side] * body.px(0.03), 0)
        shape = Tube(
            [leg.start, leg.middle, calf, leg.end],
            [0.36 * thick, 0.215 * thick, 0.21 * thick, 0.115 * thick],
        )
        toe = foot_tip(body, side)
        foot = Tube(
            [leg.end, between(leg.end, toe, 0.55), toe],
            [0.115 * body.unit, 0.135 * body.unit, 0.1 * body.unit],
        )
        canvas.paint((shape, foot), skin, depth=0.28, shadow=0.25)
        knee = leg.middle
        canvas.tint(
            ellipse(knee, 0.12 * body.unit, 0.1 * body.unit),
            _darker(skin.cloth.rgb, 0.82),
            0.35,
            blur=0.06,
        )


def foot_tip(body: Body, side: int) -> Point:
    """Where the toes of that foot end, in pixels."""
    turn = SIGN[side] * 0.13 + body.yaw * 0.2
    return body.legs[side].end + point(turn * body.unit, 0.26 * body.unit)


def torso_outline(body: Body) -> Points:
    """The bare trunk from the shoulders to the crotch."""
    sides: list[Points] = []
    for side in SIDES:
        tip, *rest = body.flank(side, -0.03)
        tip = between(tip, body.neck, 0.12) + point(0, body.px(0.03))
        root = body.neck + point(SIGN[side] * body.px(0.2), body.px(0.02))
        sides.append(spline([root, tip, *rest]))
    return join(sides[0], np.array([body.down(1.0)]), sides[1][::-1])


def paint_torso(canvas: Canvas, body: Body, skin: Layer) -> None:
    """Neck and trunk."""
    thick = 0.215 * (0.92 + 0.16 * (1 - body.feminine)) * body.px(body.build**0.5)
    root = body.neck + point(0, body.px(0.12))
    neck = Tube([body.head + point(0, body.px(0.25)), root], [thick * 0.95, thick * 1.15])
    canvas.paint(torso_outline(body), skin, depth=0.7, volume=0.7, shadow=0.1)
    canvas.paint(neck, skin, depth=0.3, shadow=0.0)
    for sign in SIGN:  # collar bones
        inner = body.neck + point(sign * body.px(0.08), body.px(0.16))
        outer = body.neck + point(sign * body.px(0.5), body.px(0.12))
        canvas.stroke(spline([inner, between(inner, outer, 0.5), outer]), 0.03, 0.06, skin.part)


def paint_arm(canvas: Canvas, body: Body, side: int, skin: Layer) -> None:
    """One bare arm with its hand; a hand in a pocket stays hidden."""
    arm = body.arms[side]
    thick = body.px(body.build * (0.9 + 0.2 * (1 - body.feminine)))
    shape = Tube(
        [arm.start, arm.at(0.25), arm.middle, arm.at(0.68), arm.end],
        [0.16 * thick, 0.155 * thick, 0.13 * thick, 0.125 * thick, 0.085 * thick],
    )
    canvas.paint(shape, skin, depth=0.22, shadow=0.3)
    if body.arm_poses[side] != "pocket":
        paint_hand(canvas, body, side, skin)


def paint_hand(canvas: Canvas, body: Body, side: int, skin: Layer) -> None:
    """A relaxed hand: palm, closed fingers with lines between them, thumb towards the body."""
    arm, unit = body.arms[side], body.unit
    along = arm.end - arm.middle
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    inward = np.array([-along[1], along[0]]) * SIGN[side]
    if body.arm_poses[side] == "hip":
        along = along * 0.3 + point(-SIGN[side] * 0.25, 0.85)
    palm = arm.end + along * 0.24 * unit
    tips = arm.end + along * 0.60 * unit + inward * 0.06 * unit
    hand = Tube(
        [arm.end, palm, between(palm, tips, 0.6), tips],
        [0.08 * unit, 0.125 * unit, 0.105 * unit, 0.05 * unit],
    )
    thumb = Tube(
        [
            arm.end + along * 0.1 * unit + inward * 0.06 * unit,
            palm + inward * 0.13 * unit,
            palm + inward * 0.13 * unit + along * 0.14 * unit,
        ],
        [0.05 * unit, 0.042 * unit, 0.032 * unit],
    )
    canvas.paint((hand, thumb), skin, depth=0.14, shadow=0.35)
    across = np.array([-along[1], along[0]])
    for gap in (-0.045, 0.005, 0.05):
        start = palm + along * 0.12 * unit + across * gap * unit
        canvas.stroke(np.array([start, start + along * 0.2 * unit]), 0.014, 0.22, skin.part)


def _darker(rgb: Rgb, share: float) -> Rgb:
    """A darker, slightly warmer tone of a colour."""
    return (
        round(rgb[0] * min(share * 1.04, 1)),
        round(rgb[1] * share * 0.97),
        round(rgb[2] * share * 0.96),
    )
