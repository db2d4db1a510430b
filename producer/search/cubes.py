"""Cubes of CIELAB: in which of them colours near a given one can lie.

A database cannot compute CIEDE2000, but it can look numbers up. So every product keeps the number
of the cube that its colour falls into, and only cubes near the wanted colour are read; then each
colour that is found there is measured exactly. No colour is left out: a cube counts where its
middle is no further away than the reach beyond what is looked for.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Floats, delta_e2000, hex_to_rgb, lab_to_rgb, rgb_to_lab

SIDE: Final = 3.0

REACHES: Final = ((2.0, 3.5), (4.0, 4.0), (8.0, 5.0), (16.0, 7.0))
"""For distances up to the first, how much further than a colour the middle of its cube may be. Of
2.4 million pairs of colours none had more than 1.9, 2.3, 2.7 and 3.8. Further away CIEDE2000 leaps
where hues are opposite, and all colours are measured instead."""

_LOWEST: Final = np.array([0.0, -90.0, -111.0])
_COUNTS: Final = (34, 64, 70)
_OUTSIDE: Final = 12.0
"""How far from sRGB the middle of a cube may be that a colour of sRGB lies in."""


def lab_of_hex(text: str) -> Floats:
    """Return CIELAB (3,) of ``#rrggbb``. Raises ValueError for any other text."""
    return np.asarray(rgb_to_lab(hex_to_rgb(text)), np.float64)


def cube_of(text: str) -> int:
    """Return the number of the cube of ``#rrggbb``."""
    return int(cubes_of(lab_of_hex(text)[None])[0])


def cubes_of(labs: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the numbers (N,) of the cubes of colours of sRGB, CIELAB (N, 3)."""
    steps = np.floor((np.asarray(labs, np.float64) - _LOWEST) / SIDE).astype(np.int64)
    steps = np.clip(steps, 0, np.array(_COUNTS) - 1)
    return np.asarray(np.ravel_multi_index(tuple(steps.T), _COUNTS), np.int64)


def cube_distances(lab: Floats) -> Floats:
    """Return CIEDE2000 (C,) from a colour to the middle of each cube of :func:`every_cube`."""
    return delta_e2000(lab, _middles(every_cube()))


@cache
def every_cube() -> npt.NDArray[np.int64]:
    """Return the numbers (C,) of the cubes in which colours of sRGB lie, and of a few others."""
    cubes = np.arange(np.prod(_COUNTS), dtype=np.int64)
    middles = _middles(cubes)
    inside = np.asarray(rgb_to_lab(lab_to_rgb(middles)), np.float64)
    return cubes[np.linalg.norm(inside - middles, axis=1) <= _OUTSIDE]


def _middles(cubes: npt.NDArray[np.int64]) -> Floats:
    steps = np.stack(np.unravel_index(cubes, _COUNTS), axis=-1)
    return np.asarray(_LOWEST + (steps + 0.5) * SIDE, np.float64)
