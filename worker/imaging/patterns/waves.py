"""What repeats: the direction of edges, and how far off a cloth looks like itself again."""

from collections.abc import Sequence
from typing import Final, NamedTuple, cast

import cv2
import numpy as np

from worker.imaging.patterns.cloth_patch import Field
from worker.imaging.regions import Mask

STRONG: Final = 80
"""Percentile from which on an edge counts for the direction of edges."""

NEAR: Final = 6.0
"""Edges are compared with those so many pixels around them."""

_ROOM: Final = 0.3
"""A shift counts where so much of the piece still lies over itself."""

_STEPS: Final = 40
"""How far a shift goes at most, in pixels."""


class Edges(NamedTuple):
    """Edges of all planes together.

    ``strength`` is per pixel, float32 (h, w). ``along_one`` is 1 where all strong edges have one
    direction, as stripes have; ``along_two`` where they have two at right angles, as checks have;
    ``here_one`` and ``here_two`` are the same near by, whatever way the cloth hangs elsewhere;
    ``upright`` is -1..1, 1 where they are upright; ``turn`` is the direction across them in
    radians.
    """

    strength: Field
    along_one: float
    along_two: float
    here_one: float
    here_two: float
    upright: float
    turn: float


class Repeats(NamedTuple):
    """How like itself a cloth is when it is shifted, each -1..1.

    Across its edges: how ``deep`` it falls, how ``high`` it rises again, at which ``pitch`` in
    pixels, and the same at right angles; ``kept`` is the mean along the edges over short shifts;
    ``highest`` is the highest rise in any direction.
    """

    deep: float
    high: float
    pitch: float
    deep_along: float
    high_along: float
    kept: float
    highest: float


def edges_of(detail: Field, inside: Mask) -> Edges:
    """Find edges and their directions in a patch's detail, (h, w, planes)."""
    soft = cv2.GaussianBlur(detail, (0, 0), 1.0)
    dx, dy = cv2.Scharr(soft, cv2.CV_32F, 1, 0), cv2.Scharr(soft, cv2.CV_32F, 0, 1)
    xx, yy, xy = (_over_planes(*pair) / 1024 for pair in ((dx, dx), (dy, dy), (dx, dy)))
    strength = np.sqrt(xx + yy)
    # The outline of the piece is no edge of its cloth.
    deep = cv2.erode(inside.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    strength = np.where(deep, strength, 0).astype(np.float32)
    if not deep.any():
        return Edges(strength, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    strong = strength >= max(float(np.percentile(strength[deep], STRONG)), 1e-6)
    weight = np.where(strong, strength, 0).astype(np.float32)
    total = float(weight.sum()) + 1e-9
    # Twice the angle, so that both sides of a line have one direction; four times, so that lines
    # at right angles have.
    across, aslant = xx - yy, 2 * xy
    size = np.sqrt(across * across + aslant * aslant) + 1e-9
    cos, sin = across / size, aslant / size
    weighed = [weight * each for each in (cos, sin, cos * cos - sin * sin, 2 * cos * sin)]
    one, two = np.array([float(each.sum()) for each in weighed]).reshape(2, 2) / total
    here_one, here_two = _agreements(weighed, weight)
    return Edges(
        strength,
        float(np.hypot(*one)),
        float(np.hypot(*two)),
        here_one,
        here_two,
        float(one[0]),
        float(np.arctan2(one[1], one[0]) / 2),
    )


def _over_planes(one: cv2.typing.MatLike, other: cv2.typing.MatLike) -> Field:
    """The product of two, float32 (h, w, 3), added up over planes."""
    return cast("Field", cv2.transform(cv2.multiply(one, other), np.ones((1, 3), np.float32)))


def _agreements(weighed: Sequence[cv2.typing.MatLike], weight: Field) -> tuple[float, float]:
    """How far directions agree with those around them, 0..1, for two kinds of directions.

    Args:
        weighed: cosine and sine of the one, cosine and sine of the other, (h, w) each, by weight.
        weight: float32 (h, w).
    """
    around = cv2.split(cv2.GaussianBlur(cv2.merge(weighed), (0, 0), NEAR))
    total = float(cv2.GaussianBlur(weight, (0, 0), NEAR).sum()) + 1e-9
    one, two = (float(cv2.magnitude(*around[k : k + 2]).sum()) / total for k in (0, 2))
    return one, two


def repeats_of(plane: Field, inside: Mask, turn: float) -> Repeats:
    """Shift one plane, (h, w) and 0 outside, over itself; ``turn`` is the way across its edges."""
    height, width = plane.shape
    size = (cv2.getOptimalDFTSize(height + _STEPS), cv2.getOptimalDFTSize(width + _STEPS))
    alike = _self_overlap(plane, size)
    shared = _self_overlap(inside.astype(np.float32), size)
    room = shared > _ROOM * shared[0, 0]
    alike = np.where(room, alike / np.maximum(shared, 1), 0)
    alike /= max(float(alike[0, 0]), 1e-9)
    steps = np.arange(_STEPS, dtype=np.float32)
    across = _ray(alike, room, steps, turn)
    along = _ray(alike, room, steps, turn + np.pi / 2)
    deep, high, pitch = _rise(across)
    deep_along, high_along, _ = _rise(along)
    rays = [_ray(alike, room, steps, turn + k * np.pi / 8) for k in range(8)]
    highest = max(_rise(ray)[1] for ray in rays)
    kept = float(along[2:14].mean()) if len(along) > 2 else 0.0
    return Repeats(deep, high, pitch, deep_along, high_along, kept, highest)


def _self_overlap(plane: Field, size: tuple[int, int]) -> Field:
    padded = np.zeros(size, np.float32)
    padded[: plane.shape[0], : plane.shape[1]] = plane
    spectrum = cv2.dft(padded, nonzeroRows=plane.shape[0])
    power = cv2.mulSpectrums(spectrum, spectrum, 0, conjB=True)
    return cast("Field", cv2.idft(power, flags=cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT))


def _ray(alike: Field, room: Mask, steps: Field, turn: float) -> Field:
    """Likeness along one direction, as far as there is room."""
    rows = np.rint(steps * np.sin(turn)).astype(np.intp) % alike.shape[0]
    columns = np.rint(steps * np.cos(turn)).astype(np.intp) % alike.shape[1]
    ends = np.flatnonzero(~room[rows, columns])
    end = int(ends[0]) if ends.size else len(steps)
    return alike[rows[:end], columns[:end]]


def _rise(ray: Field) -> tuple[float, float, float]:
    """The first valley of a ray, the highest place behind it, and where that is."""
    if len(ray) < 4:
        return 0.0, 0.0, 0.0
    rising = np.flatnonzero(np.diff(ray) > 0)
    if not rising.size:
        return float(ray.min()), 0.0, 0.0
    valley = int(rising[0])
    peak = valley + int(np.argmax(ray[valley:]))
    return float(ray[valley]), float(ray[peak] - ray[valley]), float(peak)
