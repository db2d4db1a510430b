"""Cubes of CIELAB: in which of them colours near a given one can lie.

A database cannot compute CIEDE2000, but it can look numbers up. So every product keeps the number
of the cube that its colour falls into, and only cubes near the wanted colour are read; then each
colour that is found there is measured exactly. No colour is left out: a cube counts where its
middle is no further away than the reach beyond what is looked for. Cubes of twice the side, eight
small ones each, are looked at first, so that most small ones are never measured.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Floats, delta_e2000, hex_to_rgb, lab_to_rgb, rgb_to_lab

Numbers = npt.NDArray[np.int64]

SIDE: Final = 1.5


class Reach(NamedTuple):
    """For colours up to ``distance``, how much further the middle of their cube may be.

    ``large`` is the same for the cubes of twice the side.
    """

    distance: float
    small: float
    large: float


REACHES: Final = (
    Reach(0.5, 1.8, 3.5),
    Reach(2.0, 2.2, 3.5),
    Reach(4.0, 2.4, 4.0),
    Reach(8.0, 3.0, 5.0),
)
"""Of 2.4 million pairs of colours none had more than 1.2, 1.4, 1.3 and 1.4 (large cubes: 1.9, 1.9,
2.3 and 2.7). From 16 on CIEDE2000 leaps where hues are opposite; all colours are measured there."""

_LOWEST: Final = np.array([0.0, -90.0, -111.0])
_LARGE_COUNTS: Final = (34, 64, 70)
_COUNTS: Final = (68, 128, 140)
_CORNERS: Final = np.stack(np.unravel_index(np.arange(8), (2, 2, 2)), axis=-1)
_LARGEST_WEIGHT: Final = 1.8
"""By no more than this CIEDE2000 divides a difference of lightness; for black it is 1.75."""
_OUTSIDE: Final = 12.0
"""How far from sRGB the middle of a large cube may be that a colour of sRGB lies in."""


def lab_of_hex(text: str) -> Floats:
    """Return CIELAB (3,) of ``#rrggbb``. Raises ValueError for any other text."""
    return np.asarray(rgb_to_lab(hex_to_rgb(text)), np.float64)


def cube_of(text: str) -> int:
    """Return the number of the cube of ``#rrggbb``."""
    return int(cubes_of(lab_of_hex(text)[None])[0])


def cubes_of(labs: npt.ArrayLike) -> Numbers:
    """Return the numbers (N,) of the cubes of colours of sRGB, CIELAB (N, 3)."""
    steps = np.floor((np.asarray(labs, np.float64) - _LOWEST) / SIDE).astype(np.int64)
    return _numbers(np.clip(steps, 0, np.array(_COUNTS) - 1))


def cubes_within(lab: Floats, reach: Reach) -> Numbers:
    """Return the numbers of all cubes where a colour can be as near to CIELAB (3,) as is said."""
    steps, middles = _large_cubes()
    most = reach.distance + reach.large
    # Lightness alone, first: CIEDE2000 is never less than it, weighed.
    level = np.abs(middles[:, 0] - lab[0]) <= most * _LARGEST_WEIGHT
    steps = steps[level][delta_e2000(lab, middles[level]) <= most]
    small = (2 * steps[:, None] + _CORNERS).reshape(-1, 3)
    far = delta_e2000(lab, _LOWEST + (small + 0.5) * SIDE)
    return _numbers(small[far <= reach.distance + reach.small])


def _numbers(steps: npt.NDArray[np.int64]) -> Numbers:
    return np.asarray(np.ravel_multi_index(tuple(steps.T), _COUNTS), np.int64)


@cache
def _large_cubes() -> tuple[Numbers, Floats]:
    """The large cubes in which colours of sRGB lie, and a few others: steps and middles (C, 3)."""
    every = np.arange(np.prod(_LARGE_COUNTS))
    steps = np.stack(np.unravel_index(every, _LARGE_COUNTS), axis=-1).astype(np.int64)
    middles = np.asarray(_LOWEST + (steps + 0.5) * 2 * SIDE, np.float64)
    inside = np.asarray(rgb_to_lab(lab_to_rgb(middles)), np.float64)
    near = np.linalg.norm(inside - middles, axis=1) <= _OUTSIDE
    return steps[near], middles[near]
