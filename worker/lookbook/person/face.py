"""Face: an oval head with ears, and features that stay skin: eyes, brows, nose and mouth."""

from dataclasses import dataclass

import numpy as np

from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Layer, Rgb
from worker.lookbook.outline import Point, Points, Tube, ellipse, join, point, spline
from worker.lookbook.person.body import SIGN, Body

IRISES: tuple[Rgb, ...] = ((34, 24, 20), (58, 38, 26), (66, 92, 118), (72, 84, 52))
"""Eyes: dark brown, brown, blue, green."""


@dataclass(frozen=True, slots=True)
class Head:
    """Measures of the head in pixels: its middle, half width and half height."""

    centre: Point
    rx: float
    ry: float
    yaw: float

    def at(self, x: float, y: float) -> Point:
        """A point in the head's own measures: x, y -1..1 from side to side and top to chin."""
        return self.centre + point(x * self.rx, y * self.ry)

    def facing(self, x: float, y: float) -> Point:
        """The same on the turned face: features wander to the side that it looks at."""
        return self.at(x * (1 - 0.18 * abs(self.yaw)) + 0.3 * self.yaw, y)


def head_of(body: Body) -> Head:
    """The head that belongs to the body."""
    width = 0.355 + 0.03 * (1 - body.feminine)
    return Head(body.head, body.px(width), body.px(0.5), body.yaw)


def face_outline(head: Head, feminine: float) -> Points:
    """Skull and jaw."""
    jaw = 0.74 - 0.14 * feminine
    half = [(0.0, -1.0), (0.62, -0.82), (0.97, -0.3), (0.94, 0.2), (jaw, 0.72), (0.26, 0.985)]
    right = [head.at(x, y) for x, y in half]
    left = [head.at(-x, y) for x, y in half[:0:-1]]
    lean = point(0.05 * head.yaw * head.rx, 0)
    return spline([*(p + lean for p in right), *(p + lean for p in left)], closed=True)


def paint_head(canvas: Canvas, body: Body, skin: Layer, hair_rgb: Rgb | None) -> None:
    """Ears, head and features; everything of it counts as skin."""
    head, rng = head_of(body), canvas.rng
    for sign in SIGN:
        if sign * head.yaw > 0.45:
            continue  # hidden behind the turned head
        ear = ellipse(head.at(sign * 0.98 - 0.08 * head.yaw, 0.06), head.rx * 0.13, head.ry * 0.2)
        canvas.paint(ear, skin, depth=0.06, shadow=0.0)
    canvas.paint(face_outline(head, body.feminine), skin, depth=0.45, shadow=0.5)
    dark = _mixed(skin.cloth.rgb, (60, 25, 15), 0.45)
    brown_eyed = sum(skin.cloth.rgb) < 430 or rng.random() < 0.6
    iris = IRISES[int(rng.integers(2)) if brown_eyed else int(rng.integers(2, 4))]
    cheek = _mixed(skin.cloth.rgb, (190, 70, 60), 0.35)
    for sign in SIGN:
        canvas.tint(
            ellipse(head.facing(sign * 0.52, 0.28), head.rx * 0.25, head.ry * 0.15),
            cheek,
            rng.uniform(0.15, 0.5),
            blur=0.07,
        )
        canvas.tint(
            ellipse(head.facing(sign * 0.42, -0.06), head.rx * 0.25, head.ry * 0.1),
            dark,
            0.28,
            blur=0.04,
        )
        _eye(canvas, head, head.facing(sign * 0.41, -0.02), skin, iris)
        _brow(canvas, head, sign, hair_rgb or dark, body.feminine)
    _nose(canvas, head, dark)
    _mouth(canvas, head, skin, body.feminine)
    if body.feminine < 0.3 and rng.random() < 0.35:  # a shaven beard's shadow
        jaw = join(
            spline(
                [
                    head.facing(-0.85, 0.3),
                    head.facing(-0.4, 0.42),
                    head.facing(0, 0.4),
                    head.facing(0.4, 0.42),
                    head.facing(0.85, 0.3),
                ]
            ),
            spline([head.at(0.72, 0.7), head.at(0, 0.97), head.at(-0.72, 0.7)]),
        )
        canvas.tint(jaw, _mixed(dark, hair_rgb or dark, 0.5), rng.uniform(0.1, 0.32), blur=0.05)


def _eye(canvas: Canvas, head: Head, centre: Point, skin: Layer, iris: Rgb) -> None:
    """White, iris and lid line."""
    w, h = head.rx * 0.2, head.ry * 0.058
    almond = spline(
        [
            centre + point(-w, h * 0.2),
            centre + point(0, -h),
            centre + point(w, 0),
            centre + point(0, h * 0.9),
        ],
        closed=True,
    )
    canvas.tint(almond, _mixed((238, 234, 230), skin.cloth.rgb, 0.25), 0.9)
    gaze = centre + point(head.yaw * w * 0.25, 0)
    canvas.tint(ellipse(gaze, head.rx * 0.088, h * 1.02), iris, 0.95)
    canvas.tint(ellipse(gaze, head.rx * 0.04, h * 0.5), (12, 9, 9), 0.9)
    lid = spline(
        [
            centre + point(-w * 1.1, h * 0.25),
            centre + point(0, -h * 1.1),
            centre + point(w * 1.1, 0),
        ]
    )
    canvas.tint(
        Tube(list(lid), [head.rx * 0.03] * len(lid), steps=2),
        _mixed(skin.cloth.rgb, (18, 8, 5), 0.85),
        0.85,
    )


def _brow(canvas: Canvas, head: Head, sign: float, rgb: Rgb, feminine: float) -> None:
    """A brow in the colour of the hair, a little darker."""
    lift = -0.2 - 0.04 * feminine
    line = spline(
        [
            head.facing(sign * 0.2, lift),
            head.facing(sign * 0.44, lift - 0.055),
            head.facing(sign * 0.66, lift + 0.015),
        ]
    )
    thick = head.rx * (0.045 - 0.016 * feminine)
    radii = np.linspace(thick, thick * 0.4, len(line))
    canvas.tint(
        Tube(list(line), [float(r) for r in radii], steps=2), _mixed(rgb, (0, 0, 0), 0.2), 0.55
    )


def _nose(canvas: Canvas, head: Head, dark: Rgb) -> None:
    """A shaded flank, a tip in the light and the shadow under it."""
    side = -1.0 if canvas.light[0] > 0 else 1.0
    flank = spline(
        [
            head.facing(side * 0.07, -0.1),
            head.facing(side * 0.1, 0.15),
            head.facing(side * 0.17, 0.3),
        ]
    )
    canvas.tint(Tube(list(flank), [head.rx * 0.07] * len(flank), steps=2), dark, 0.3, blur=0.02)
    canvas.tint(
        ellipse(head.facing(0, 0.345), head.rx * 0.17, head.ry * 0.028), dark, 0.55, blur=0.012
    )
    canvas.tint(
        ellipse(head.facing(0.02, 0.24), head.rx * 0.07, head.ry * 0.07),
        (255, 240, 228),
        0.2,
        blur=0.03,
    )


def _mouth(canvas: Canvas, head: Head, skin: Layer, feminine: float) -> None:
    """Lips: a darker line, the lower lip fuller; painted lips now and then."""
    lip = _mixed(skin.cloth.rgb, (165, 50, 55), 0.42)
    if feminine > 0.5 and canvas.rng.random() < 0.4:
        lip = _mixed(lip, (175, 20, 45), canvas.rng.uniform(0.2, 0.6))
    w, smile = 0.3, canvas.rng.uniform(-0.02, 0.05)
    upper = spline(
        [
            head.facing(-w, 0.545 - smile),
            head.facing(-0.08, 0.5),
            head.facing(0, 0.515),
            head.facing(0.08, 0.5),
            head.facing(w, 0.545 - smile),
        ]
    )
    lower = spline(
        [
            head.facing(w, 0.545 - smile),
            head.facing(0.14, 0.615 + smile * 0.3),
            head.facing(-0.14, 0.615 + smile * 0.3),
            head.facing(-w, 0.545 - smile),
        ]
    )
    canvas.tint(join(upper, lower), lip, 0.75, blur=0.008)
    line = spline(
        [head.facing(-w, 0.545 - smile), head.facing(0, 0.552), head.facing(w, 0.545 - smile)]
    )
    canvas.tint(
        Tube(list(line), [head.rx * 0.022] * len(line), steps=2), _mixed(lip, (40, 0, 0), 0.6), 0.7
    )
    canvas.tint(
        ellipse(head.facing(0, 0.7), head.rx * 0.2, head.ry * 0.035),
        _mixed(skin.cloth.rgb, (60, 25, 15), 0.4),
        0.35,
        blur=0.03,
    )


def _mixed(a: Rgb, b: Rgb, share: float) -> Rgb:
    """The colour that lies `share` of the way from a to b."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )
