"""Hair: what falls behind the shoulders, what frames the face, and what lies over the coat."""

import numpy as np

from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Layer
from worker.lookbook.outfit.wardrobe import HairStyle
from worker.lookbook.outline import Points, Tube, between, ellipse, join, point, rough, spline
from worker.lookbook.person.body import SIGN, Body
from worker.lookbook.person.face import Head, head_of

BEHIND: tuple[HairStyle, ...] = ("long", "over_coat", "bob", "fringe", "curly", "tail")
"""Styles of which a part is painted behind the body."""


def paint_behind(canvas: Canvas, body: Body, style: HairStyle, hair: Layer) -> None:
    """The hair behind neck and shoulders; nothing for short styles."""
    head = head_of(body)
    if style in ("long", "over_coat", "fringe"):
        low = canvas.rng.uniform(1.7, 2.5)
        _curtain(canvas, head, hair, low, 1.35)
    elif style == "bob":
        _curtain(canvas, head, hair, canvas.rng.uniform(0.85, 1.2), 1.3)
    elif style == "curly":
        _cloud(canvas, head, hair)
    elif style == "tail":
        sign = SIGN[int(canvas.rng.integers(2))]
        tail = Tube(
            [
                head.at(sign * 0.5, -0.6),
                head.at(sign * 1.35, -0.1),
                head.at(sign * 1.4, 0.9),
                head.at(sign * 1.2, 1.7),
            ],
            [0.2 * head.ry, 0.28 * head.ry, 0.24 * head.ry, 0.06 * head.ry],
        )
        canvas.paint(tail, hair, depth=0.22, shadow=0.2)


def _curtain(canvas: Canvas, head: Head, hair: Layer, low: float, wide: float) -> None:
    """Straight or wavy hair that hangs to `low` (chin is 1), `wide` half head widths."""
    wave = canvas.rng.uniform(-0.12, 0.12, 4)
    right = [
        head.at(0.3, -1.12),
        head.at(1.02, -0.75),
        head.at(1.2 + wave[0], 0.1),
        head.at(wide + wave[1], 0.9),
        head.at(wide * 0.95, low),
    ]
    left = [
        head.at(-0.3, -1.12),
        head.at(-1.02, -0.75),
        head.at(-1.2 + wave[2], 0.1),
        head.at(-wide + wave[3], 0.9),
        head.at(-wide * 0.95, low),
    ]
    ends = rough(
        spline([right[-1], head.at(0.4, low + 0.1), head.at(-0.4, low + 0.05), left[-1]]),
        canvas.rng,
        head.rx * 0.05,
    )
    canvas.paint(join(spline(right), ends, spline(left)[::-1]), hair, depth=0.5, shadow=0.0)


def _cloud(canvas: Canvas, head: Head, hair: Layer) -> None:
    """Curly hair round the whole head."""
    size = canvas.rng.uniform(1.25, 1.75)
    round_head = ellipse(head.at(0, -0.32), head.rx * size, head.ry * size * 0.78, steps=64)
    curls = rough(round_head, canvas.rng, head.rx * 0.05, calm=3)
    canvas.paint(curls, hair, depth=0.5, shadow=0.0, fall=())
    _curl_relief(canvas, curls, hair.part)


def _curl_relief(canvas: Canvas, shape: Points, part: int) -> None:
    """Small dark curls strewn over the shape."""
    low, high = shape.min(axis=0), shape.max(axis=0)
    for _ in range(46):
        spot = canvas.rng.uniform(low, high)
        arc = ellipse(spot, canvas.unit * 0.045, canvas.unit * 0.035, canvas.rng.uniform(0, 3))
        canvas.stroke(arc[:18], 0.02, 0.3 if canvas.rng.random() < 0.6 else -0.07, part)


def paint_front(canvas: Canvas, body: Body, style: HairStyle, hair: Layer) -> None:
    """The hair on top of the head and in front of the shoulders."""
    head = head_of(body)
    if style == "bald":
        return
    _crown(canvas, head, style, hair)
    if style == "bun":
        top = head.at(canvas.rng.uniform(-0.25, 0.25), -1.28)
        knot = rough(ellipse(top, head.rx * 0.5, head.ry * 0.3), canvas.rng, head.rx * 0.02, 3)
        canvas.paint(knot, hair, angle=1.2, depth=0.2, shadow=0.3)
    if style == "over_coat" or (style in ("long", "fringe") and canvas.rng.random() < 0.4):
        low = canvas.rng.uniform(1.7, 2.7)
        for sign in SIGN:
            _lock(canvas, head, hair, sign, low)


def _crown(canvas: Canvas, head: Head, style: HairStyle, hair: Layer) -> None:
    """The hair on the skull, down to the forehead."""
    line = canvas.rng.uniform(-0.62, -0.42)  # the hair line on the forehead
    if style in ("fringe",) or (style == "bob" and canvas.rng.random() < 0.5):
        _cap(canvas, head, hair, line=-0.24, sides=0.5, lift=1.13)
    elif style == "short":
        _cap(canvas, head, hair, line=line, sides=0.05, lift=canvas.rng.uniform(1.1, 1.24))
    elif style == "curly":
        _cap(canvas, head, hair, line=line - 0.04, sides=0.1, lift=1.3, wild=0.06)
    else:
        sides = 0.55 if style in ("long", "over_coat", "bob") else 0.08
        _cap(canvas, head, hair, line=line, sides=sides, lift=1.13)


def _cap(
    canvas: Canvas,
    head: Head,
    hair: Layer,
    *,
    line: float,
    sides: float,
    lift: float,
    wild: float = 0.018,
) -> None:
    """Hair on the skull: `line` is where the forehead begins, `sides` how far it comes down."""
    rng = canvas.rng
    swing = 0.3 * head.yaw
    parting = float(np.clip(swing + rng.normal(0, 0.25), -0.6, 0.6))
    skull = [(1.04, sides), (1.13, -0.35), (0.93 * lift**0.5, -0.72 * lift), (0.52, -0.97 * lift)]
    outer = spline(
        [head.at(-x, y) for x, y in skull]
        + [head.at(0.05, -1.04 * lift)]
        + [head.at(x, y) for x, y in skull[::-1]]
    )
    flat = 0.06 if line > -0.3 else 0.0  # a fringe ends in a straight line
    inner = spline(
        [
            head.at(0.95, sides),
            head.at(0.86 + swing * 0.1, -0.15),
            head.at(0.66 + swing * 0.3, line + 0.08 - flat),
            head.at(parting + 0.3, line - 0.03 + flat),
            head.at(parting, line - 0.1 + 2 * flat),
            head.at(parting - 0.3, line - 0.02 + flat),
            head.at(-0.66 + swing * 0.3, line + 0.08 - flat),
            head.at(-0.86 + swing * 0.1, -0.15),
            head.at(-0.95, sides),
        ]
    )
    shape = rough(join(outer, inner), rng, head.rx * wild, calm=2)
    canvas.paint(shape, hair, angle=0.3 * head.yaw, depth=0.4, volume=1.2, shadow=0.4)
    for _ in range(7):  # strands that run from the parting
        start = head.at(parting + rng.normal(0, 0.12), -lift * 0.97)
        sign = 1 if rng.random() < 0.5 else -1
        end = head.at(sign * rng.uniform(0.5, 1.02), rng.uniform(-0.6, sides))
        bow = between(start, end, 0.5) + point(sign * head.rx * 0.25, -head.ry * 0.12)
        canvas.stroke(spline([start, bow, end]), 0.014, float(rng.choice([0.16, -0.06])), hair.part)


def _lock(canvas: Canvas, head: Head, hair: Layer, sign: float, low: float) -> None:
    """A long lock from the temple over the shoulder."""
    rng = canvas.rng
    sway = rng.uniform(-0.12, 0.12, 3)
    lock = Tube(
        [
            head.at(sign * 0.9, -0.5),
            head.at(sign * 1.08 + sway[0], 0.3),
            head.at(sign * 1.12 + sway[1], 1.1),
            head.at(sign * (1.0 + sway[2]), low),
        ],
        [0.12 * head.ry, 0.18 * head.ry, 0.26 * head.ry, 0.06 * head.ry],
    )
    canvas.paint(lock, hair, depth=0.2, shadow=0.4)
    for shift in (-0.12, 0.02, 0.14):
        strand = spline(
            [
                head.at(sign * 1.0 + shift, 0.0),
                head.at(sign * 1.12 + shift, 0.9),
                head.at(sign * 1.0 + shift * 0.6, low - 0.2),
            ]
        )
        canvas.stroke(strand, 0.014, float(rng.choice([0.16, -0.06])), hair.part)
