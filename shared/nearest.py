"""The nearest of some fixed colours by CIEDE2000, found for many colours at a time.

CIEDE2000 is costly, and most of the fixed colours are far from any one colour. So CIELAB is cut
into cubes; for each cube that a colour falls into, the fixed colours that can matter to a point of
it are found once, and only these are compared. What is found is what comparing all would find.
"""

from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from shared.cielab import Floats, delta_e2000

Indices = npt.NDArray[np.intp]

_CUBE: Final = 3.0
# How much further from a fixed colour, or nearer to it, a point of a cube may be than the cube's
# middle is. A corner lies 2.6 away in CIELAB; near grey CIEDE2000 stretches a by up to a half, and
# its weights change on the way. The tests compare with all fixed colours.
_REACH: Final = 4.0
# So few colours are compared with all of them sooner than their cubes are looked at.
_FEW: Final = 32
_AT_ONCE: Final = 2048


class _Cubes(NamedTuple):
    """The cubes that were met, by their keys in order: candidates of each, and how many it has.

    Shorter lists are filled up with their first one: a colour twice changes nothing.
    """

    keys: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    sizes: Indices


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
        self._cubes = _Cubes(
            np.empty(0, np.int64), np.empty((0, 1), np.int32), np.empty(0, np.intp)
        )
        self._lock = Lock()

    def find(self, labs: npt.ArrayLike) -> tuple[Indices, Indices]:
        """Find the nearest fixed colour, and the group that comes second.

        Args:
            labs: CIELAB (N, 3).

        Returns:
            Two arrays (N,): the number of the nearest, the earlier one where two are equally near;
            and the number of the other group, -1 where none is near enough.
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
        order = np.argsort(met.sizes[cube_of], kind="stable")
        nearest, second = (np.empty(len(points), np.intp) for _ in range(2))
        for at in range(0, len(order), _AT_ONCE):
            block = order[at : at + _AT_ONCE]
            cube = cube_of[block]
            rows = met.rows[cube, : met.sizes[cube[-1]]]
            nearest[block], second[block] = self._compare(points[block], rows)
        return nearest, second

    def _look_at(self, keys: Indices, one_of: Indices, middles: npt.NDArray[Any]) -> None:
        """Find the candidates of cubes that were not met before; ``one_of`` is a point of each."""
        met = self._cubes
        new = ~np.isin(keys, met.keys, assume_unique=True)
        if not new.any():
            return
        found: list[Indices] = []
        for at in np.array_split(one_of[new], np.ceil(new.sum() / _AT_ONCE)):
            distance = delta_e2000(middles[at, None], self._centres)
            least = distance.min(axis=1, keepdims=True)
            close = distance <= least + 2 * _REACH + self._margin
            found.extend(np.flatnonzero(each) for each in close)
        sizes = np.concatenate([met.sizes, [len(rows) for rows in found]])
        rows = np.empty((len(sizes), sizes.max()), np.int32)
        rows[:] = np.concatenate([met.rows[:, 0], [rows[0] for rows in found]])[:, None]
        rows[: len(met.rows), : met.rows.shape[1]] = met.rows
        for place, candidates in enumerate(found, len(met.rows)):
            rows[place, : len(candidates)] = candidates
        every = np.concatenate([met.keys, keys[new]])
        order = np.argsort(every)
        self._cubes = _Cubes(every[order], rows[order], sizes[order])

    def _compare(self, points: Floats, rows: npt.NDArray[Any]) -> tuple[Indices, Indices]:
        """Compare each point (N, 3) with its own candidates (N, K), the earlier ones first."""
        distance = delta_e2000(points[:, None], self._centres[rows])
        every = np.arange(len(points))
        best = distance.argmin(axis=1)
        groups = self._groups[rows]
        others = np.where(groups == groups[every, best][:, None], np.inf, distance)
        runner_up = others.argmin(axis=1)
        near = others[every, runner_up] - distance[every, best] <= self._margin
        return rows[every, best], np.where(near, groups[every, runner_up], -1)
