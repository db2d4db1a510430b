"""The nearest of some fixed colours by CIEDE2000, found for many colours at a time.

CIEDE2000 is costly, and most of the fixed colours are far from any one colour. So CIELAB is cut
into cubes; for each cube that a colour falls into, the fixed colours that can matter to a point of
it are found once, and only these are compared. What is found is what comparing all would find.
"""

from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Floats, delta_e2000

Indices = npt.NDArray[np.intp]

_CUBE: Final = 3.0
# How much further from a fixed colour, or nearer to it, a point of a cube may be than the cube's
# middle is. A corner lies 2.6 away in CIELAB; near grey CIEDE2000 stretches a by up to a half, and
# its weights change on the way. The tests compare with all fixed colours.
_REACH: Final = 4.0
# So few colours are compared with all of them sooner than their cubes are looked at.
_FEW: Final = 32
# So many pairs are compared at a time: what comes in between stays in the processor's cache.
_PAIRS: Final = 4096


class _Cubes(NamedTuple):
    """The cubes that were met, by their keys in order: where candidates of each begin, how many."""

    keys: npt.NDArray[np.int64]
    starts: Indices
    sizes: Indices
    candidates: Indices

    def rows(self, places: Indices, size: int) -> Indices:
        """Return the candidates (N, size) of some cubes, at most so many.

        Shorter lists are filled up with their last one: a colour twice changes nothing.
        """
        steps = np.minimum(np.arange(size), self.sizes[places, None] - 1)
        return self.candidates[self.starts[places, None] + steps]


class Nearest:
    """Finds the nearest of some fixed colours, each of one group. Threads may share it.

    Args:
        centres: CIELAB (R, 3).
        groups: (R,), the number of each one's group.
        margin: by how much the nearest colour of another group may be further away at most.
    """

    def __init__(self, centres: npt.ArrayLike, groups: npt.ArrayLike, margin: float) -> None:
        self._centres = np.asarray(centres, np.float64)
        self._groups = np.asarray(groups, np.intp)
        self._margin = margin
        self._cubes = _Cubes(np.empty(0, np.int64), *(np.empty(0, np.intp) for _ in range(3)))
        self._lock = Lock()

    def find(self, labs: npt.ArrayLike) -> tuple[Indices, Indices]:
        """Find the nearest fixed colour, and the group that comes second.

        Args:
            labs: CIELAB (N, 3).

        Returns:
            Two arrays (N,): the number of the nearest, the earlier one where two are equally near;
            and the number of the other group, -1 where none is near enough.
        """
        return self.find_two(labs)[:2]

    def find_two(self, labs: npt.ArrayLike) -> tuple[Indices, Indices, Floats]:
        """Find what :meth:`find` does, and how much further away the other group is.

        Returns:
            The third array (N,) is CIEDE2000, 0 or more; infinite where no group is near enough.
        """
        points = np.asarray(labs, np.float64).reshape(-1, 3)
        if len(points) <= _FEW:
            rows = np.arange(len(self._centres))
            return self._compare(points, np.broadcast_to(rows, (len(points), len(rows))))
        cubes = np.floor(points / _CUBE).astype(np.int64)
        keys = cubes @ np.array([1 << 32, 1 << 16, 1])
        with self._lock:
            self._look_at(*np.unique(keys, return_index=True), (cubes + 0.5) * _CUBE)
            met = self._cubes
        cube_of = np.searchsorted(met.keys, keys)
        order = np.argsort(-met.sizes[cube_of])
        nearest, second = (np.empty(len(points), np.intp) for _ in range(2))
        apart = np.empty(len(points))
        at = 0
        while at < len(order):
            most = int(met.sizes[cube_of[order[at]]])
            block = order[at : at + max(1, _PAIRS // most)]
            rows = met.rows(cube_of[block], most)
            nearest[block], second[block], apart[block] = self._compare(points[block], rows)
            at += len(block)
        return nearest, second, apart

    def _look_at(self, keys: Indices, one_of: Indices, middles: npt.NDArray[Any]) -> None:
        """Find the candidates of cubes that were not met before; ``one_of`` is a point of each."""
        met = self._cubes
        new = ~np.isin(keys, met.keys, assume_unique=True)
        if not new.any():
            return
        found: list[Indices] = []
        for at in np.array_split(one_of[new], np.ceil(new.sum() * len(self._centres) / _PAIRS)):
            distance = delta_e2000(middles[at, None], self._centres)
            least = distance.min(axis=1, keepdims=True)
            close = distance <= least + 2 * _REACH + self._margin
            found.extend(np.flatnonzero(each) for each in close)
        sizes = np.array([len(rows) for rows in found])
        starts = len(met.candidates) + np.cumsum(sizes) - sizes
        places = np.searchsorted(met.keys, keys[new])
        self._cubes = _Cubes(
            np.insert(met.keys, places, keys[new]),
            np.insert(met.starts, places, starts),
            np.insert(met.sizes, places, sizes),
            np.concatenate([met.candidates, *found]),
        )

    def _compare(self, points: Floats, rows: npt.NDArray[Any]) -> tuple[Indices, Indices, Floats]:
        """Compare each point (N, 3) with its own candidates (N, K), the earlier ones first."""
        distance = delta_e2000(points[:, None], self._centres[rows])
        every = np.arange(len(points))
        best = distance.argmin(axis=1)
        groups = self._groups[rows]
        others = np.where(groups == groups[every, best][:, None], np.inf, distance)
        runner_up = others.argmin(axis=1)
        apart = others[every, runner_up] - distance[every, best]
        near = apart <= self._margin
        second = np.where(near, groups[every, runner_up], -1)
        return rows[every, best], second, np.where(near, apart, np.inf)
