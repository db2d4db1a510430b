"""Outlines: the smooth closed curves that every drawn thing is made of."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
"""Points in picture coordinates, float64 (N, 2), each row (x, y) in pixels, y downwards."""

Point = npt.NDArray[np.float64]
"""One point, float64 (2,), (x, y) in pixels."""


def point(x: float, y: float) -> Point:
    """One point, float64 (2,), from its coordinates in pixels."""
    return np.array([x, y], dtype=np.float64)


def between(start: Point, end: Point, share: float) -> Point:
    """The point that lies `share` (0..1, may exceed it) of the way from start to end."""
    return start + (end - start) * share


def spline(points: Sequence[Point] | Points, closed: bool = False, steps: int = 8) -> Points:
    """A Catmull-Rom curve through all points, `steps` samples a span; open unless `closed`."""
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        head, tail = 2 * knots[:1] - knots[1:2], 2 * knots[-1:] - knots[-2:-1]
        padded = np.concatenate([head, knots, tail])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[None, :, None]
    a, b, c, d = (k[:, None, :] for k in (before, start, end, after))
    curve = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    flat = curve.reshape(-1, knots.shape[1])
    return flat if closed else np.concatenate([flat, knots[-1:]])


def join(*pieces: Points) -> Points:
    """Several curves, one after the other, as the outline of one shape."""
    return np.concatenate(pieces)


def ellipse(centre: Point, rx: float, ry: float, angle: float = 0.0, steps: int = 28) -> Points:
    """An ellipse with half axes rx, ry in pixels, turned by `angle` radians."""
    turn = np.linspace(0.0, 2 * np.pi, steps, endpoint=False)
    x, y = rx * np.cos(turn), ry * np.sin(turn)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos], axis=1)


def extent(outline: Points) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an outline, in pixels."""
    (left, top), (right, bottom) = outline.min(axis=0), outline.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def rough(outline: Points, rng: np.random.Generator, amount: float, calm: int = 1) -> Points:
    """The closed outline with its points moved by about `amount` pixels.

    `calm` averages that many neighbouring movements, so that edges wave and do not bristle.
    """
    push = rng.normal(0.0, amount, outline.shape)
    if calm > 1:
        kernel = np.ones(calm) / calm
        wrapped = np.concatenate([push[-calm:], push, push[:calm]])
        for axis in range(2):
            push[:, axis] = np.convolve(wrapped[:, axis], kernel, "same")[calm:-calm]
        push *= calm**0.5
    return outline + push


class Tube:
    """A limb: a curve through `points` with a radius at each of them, in pixels.

    `outline` is its contour (N, 2); `circles` are (x, y, radius) rows that fill what a sharp
    bend would leave open.
    """

    def __init__(self, points: Sequence[Point], radii: Sequence[float], steps: int = 7) -> None:
        knots = np.column_stack([np.asarray(points), np.asarray(radii, dtype=np.float64)])
        curve = spline(knots, steps=steps)
        centre, radius = curve[:, :2], np.maximum(curve[:, 2:], 0.3)
        tangent = np.gradient(centre, axis=0)
        tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-6)
        normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
        self.outline: Points = np.concatenate(
            [centre + normal * radius, (centre - normal * radius)[::-1]]
        )
        self.circles: Points = np.column_stack([centre, radius])

    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the limb with its round ends."""
        centre, reach = self.circles[:, :2], self.circles[:, 2:]
        return extent(np.concatenate([self.outline, centre - reach, centre + reach]))

    def blunt(self) -> "Tube":
        """The same limb without its round end: sleeves and trouser legs end in a straight hem."""
        spans = np.linalg.norm(np.diff(self.circles[:, :2], axis=0), axis=1)
        to_end = np.concatenate([np.cumsum(spans[::-1])[::-1], [0.0]])
        self.circles = self.circles[to_end > self.circles[:, 2]]
        return self
