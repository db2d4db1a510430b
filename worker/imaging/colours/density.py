"""Mean shift on a grid: every point climbs to the peak of the blurred histogram it stands below.

Nothing is drawn by chance and no number of clusters is set beforehand, so a small change of the
points moves a small part of the weight instead of starting another solution. Two peaks nearer
than twice the blur are one. Source: Comaniciu and Meer, "Mean Shift: A Robust Approach Toward
Feature Space Analysis", IEEE Transactions on Pattern Analysis and Machine Intelligence 24 (2002);
the grid is ours.
"""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Density = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

# Cells to a blur's width: a coarser grid moves peaks, a finer one takes longer.
CELLS: Final = 2.0
# In blurs: how far a point is felt.
_REACH: Final = 3.0
_UNSEEN: Final = -1
_AROUND: Final = np.stack(np.meshgrid(*[(0, -1, 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)


def climb(points: Floats, counts: Floats, blur: float) -> Indices:
    """Number each point by the peak to which it climbs.

    Args:
        points: float64 (N, 3), N of 1 or more.
        counts: float64 (N,), above 0: how heavy each point is.
        blur: standard deviation of the blur, in the points' units.

    Returns:
        (N,), the peaks' numbers, 0 and up without gaps. They follow from the points alone and not
        from their order.
    """
    # Two cells of margin keep the climb within the grid: no peak lies outside of the points.
    axes = [_cells(axis) for axis in np.ascontiguousarray(points.T) * (CELLS / blur)]
    deep, high, wide = (int(axis.max()) + 3 for axis in axes)
    place = (axes[0] * high + axes[1]) * wide + axes[2]
    # Shares instead of sums: twice the weight everywhere is the same heap to the last bit.
    heap = np.bincount(place, counts, deep * high * wide) / counts.sum()
    occupied = np.flatnonzero(heap)
    density = _blurred(heap.astype(np.float32), (deep, high, wide)).ravel()
    peak_of_place = _peaks(occupied, _AROUND @ np.array([high * wide, wide, 1]), density)
    number_of_place = np.empty(density.size, np.intp)
    number_of_place[occupied] = np.unique(peak_of_place[occupied], return_inverse=True)[1]
    return number_of_place[place]


def _cells(axis: Floats) -> Indices:
    """Whole numbers from 2 on."""
    cells = np.rint(axis).astype(np.intp)
    return cells + (2 - cells.min())


def _blurred(heap: Density, shape: tuple[int, int, int]) -> Density:
    """The heap (flat) of that shape, blurred by ``CELLS`` along each axis; nothing lies outside."""
    deep, high, wide = shape
    reach = round(_REACH * CELLS)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / CELLS) ** 2).astype(np.float32)
    alone = np.ones(1, np.float32)
    across = _filtered(heap.reshape(deep * high, wide), kernel, alone)
    slabs = np.ascontiguousarray(across.reshape(deep, high, wide).transpose(1, 0, 2))
    down = _filtered(slabs.reshape(high, deep * wide), alone, kernel)
    planes = np.ascontiguousarray(down.reshape(high, deep, wide).transpose(1, 0, 2))
    return _filtered(planes.reshape(deep, high * wide), alone, kernel)


def _filtered(field: Density, along_x: Density, along_y: Density) -> Density:
    return cast(
        "Density",
        cv2.sepFilter2D(field, cv2.CV_32F, along_x, along_y, borderType=cv2.BORDER_CONSTANT),
    )


def _peaks(places: Indices, steps: Indices, density: Density) -> Indices:
    """The peak to which one climbs from each of these places, and from those on the way."""
    onwards = np.full(density.size, _UNSEEN, np.intp)
    while places.size:
        # No step comes first, so that a plateau is a peak.
        higher = places + steps[density[places[:, None] + steps].argmax(axis=1)]
        onwards[places] = higher
        # Paths that meet go on as one.
        places = np.unique(higher[onwards[higher] == _UNSEEN])
    passed = np.flatnonzero(onwards != _UNSEEN)
    # Each round goes twice as far as the one before.
    while not np.array_equal(further := onwards[onwards[passed]], onwards[passed]):
        onwards[passed] = further
    return onwards
