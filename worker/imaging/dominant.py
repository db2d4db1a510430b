"""The dominant colours of a heap of pixels, as a person would count them on cloth.

Pixels are counted in a colour histogram, the histogram is blurred, and every colour climbs to the
peak that it stands below (mean shift on a grid). Nothing is drawn by chance and no number of
clusters is set beforehand, so a small change of the picture moves a small part of the weight
instead of starting another solution. Two peaks nearer than twice the blur are one.

The distance is made for cloth. Shading multiplies a surface's linear light by a factor; CIELAB's
cube root turns that into a factor on (L + 16, a, b). So a and b divided by L + 16 stay as they are
from fold to fold, and lightness is made to count half as much as these. What is left of strongly
coloured cloth in two peaks (satin in the sun, deep folds) is then joined by hue.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter  # pyright: ignore[reportUnknownVariableType]

from shared.cielab import Rgb, rgb_to_lab

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

MOST_SHADES: Final = 5
# A colour of less than this share of the region is a button, a seam or a stray pixel.
LEAST_SHARE: Final = 0.02

# Bits a channel at which equal colours are counted together; each keeps the mean of its pixels.
_BITS: Final = 6
# At this lightness cloth coordinates equal a and b; below _DARK they are not stretched further,
# since near black the division would blow up the camera's noise.
_MIDDLE: Final = 54.0
_DARK: Final = 24.0
_LIGHTNESS_WEIGHT: Final = 0.5
# Width of the blur and of the grid, in cloth coordinates. A blur of 4 splits one cloth in two a
# little more often, and then another garment is the largest (`make bench ONLY=stability`).
_BLUR: Final = 6.0
_STEP: Final = 1.5

_UNSEEN: Final = -1

# Two peaks of one cloth: both strongly coloured, hues within degrees, chroma within a factor.
_STRONG: Final = 28.0
_SAME_HUE: Final = 10.0
_SAME_CHROMA: Final = 1.6

# The part of a colour's pixels, ordered by lightness, that shows the cloth in the light.
_LIT: Final = (0.30, 0.95)


@dataclass(frozen=True)
class Dominant:
    """One dominant colour: CIELAB under D65, and its share of the region, 0..1."""

    lab: tuple[float, float, float]
    share: float


def dominant(rgb: Rgb, weights: npt.NDArray[np.int64]) -> tuple[Dominant, ...]:
    """Find the dominant colours of some pixels, the largest share first.

    The colour given for a cluster is the median of its lit part. A mean or a plain median is
    darkened by folds and by its own shadow, and a maximum is a highlight; what a shopper calls
    the colour of a cloth is how it looks in the light without shine.

    Args:
        rgb: uint8 (N, 3), in any order: the answer does not depend on it.
        weights: int64 (N,), 1 or more.

    Returns:
        At most ``MOST_SHADES`` colours with shares that sum to 1; none where N is 0.

    Raises:
        ValueError: the lengths differ.
    """
    if rgb.shape != (len(weights), 3):
        raise ValueError(f"expected rgb {(len(weights), 3)}, got {rgb.shape}")
    if not len(rgb):
        return ()
    lab, counts = _histogram(rgb, weights)
    cluster = _join_shading(_climb(_cloth(lab), counts), lab, counts)
    sizes = np.bincount(cluster, counts)
    # Equal sizes: the earlier number, and that follows from the colours alone.
    order = np.argsort(-sizes, kind="stable")[:MOST_SHADES]
    kept = order[sizes[order] >= LEAST_SHARE * sizes.sum()]
    kept = kept if kept.size else order[:1]
    total = float(sizes[kept].sum())
    return tuple(
        Dominant(_lit(lab[cluster == k], counts[cluster == k]), float(sizes[k]) / total)
        for k in kept
    )


def _histogram(rgb: Rgb, weights: npt.NDArray[np.int64]) -> tuple[Floats, Counts]:
    """Count like colours together: mean Lab (M, 3) and weight (M,) of each that occurs."""
    cell = (rgb >> (8 - _BITS)).astype(np.intp) @ np.array([1 << 2 * _BITS, 1 << _BITS, 1])
    seen = np.flatnonzero(np.bincount(cell) > 0)  # NumPy finds bools five times as fast
    row_of_cell = np.zeros(1 << 3 * _BITS, np.intp)
    row_of_cell[seen] = np.arange(len(seen))
    row = row_of_cell[cell]
    counts = np.bincount(row, weights.astype(np.float64))
    sums = np.stack([np.bincount(row, weights * rgb[:, k]) for k in range(3)], axis=1)
    mean = np.rint(sums / counts[:, None]).astype(np.uint8)
    return rgb_to_lab(mean).astype(np.float64), counts.astype(np.float64)


def _cloth(lab: Floats) -> Floats:
    """Coordinates in which the shading of one cloth hardly moves a colour; (M, 3)."""
    stretch = (_MIDDLE + 16) / np.maximum(lab[:, :1] + 16, _DARK + 16)
    return np.hstack([lab[:, :1] * _LIGHTNESS_WEIGHT, lab[:, 1:] * stretch])


def _climb(points: Floats, counts: Counts) -> Indices:
    """Number each point (M,) by the peak of the blurred histogram that it climbs to."""
    grid = np.rint(points / _STEP).astype(np.intp)
    # Two cells of margin keep the climb within the grid: no peak lies outside of the points.
    grid += 2 - grid.min(axis=0)
    shape = tuple(int(size) + 3 for size in grid.max(axis=0))
    place = np.ravel_multi_index(tuple(grid.T), shape)
    heap = np.bincount(place, counts, int(np.prod(shape))).reshape(shape)
    blurred = gaussian_filter(heap, _BLUR / _STEP, mode="constant", truncate=3.0)
    density = np.asarray(blurred).ravel()
    around = np.stack(np.meshgrid(*[(0, -1, 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    steps = around @ np.array([shape[1] * shape[2], shape[2], 1])
    peaks = _peaks(np.unique(place), steps, density)
    return np.unique(peaks[place], return_inverse=True)[1]


def _peaks(places: Indices, steps: Indices, density: Floats) -> Indices:
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


def _join_shading(cluster: Indices, lab: Floats, counts: Counts) -> Indices:
    """Join the clusters that are lights and shadows of one strongly coloured cloth."""
    sizes = np.bincount(cluster, counts)
    mean = np.stack([np.bincount(cluster, counts * lab[:, k]) for k in range(3)], axis=1)
    mean /= sizes[:, None]
    chroma = (_MIDDLE + 16) * np.hypot(mean[:, 1], mean[:, 2]) / (mean[:, 0] + 16)
    hue = np.degrees(np.arctan2(mean[:, 2], mean[:, 1]))
    home = np.arange(len(sizes))
    joined: list[int] = []
    for k in np.argsort(-sizes, kind="stable"):
        for larger in joined:
            turn = abs((hue[k] - hue[larger] + 180) % 360 - 180)
            less, more = sorted((chroma[k], chroma[larger]))
            if less > _STRONG and turn < _SAME_HUE and more < _SAME_CHROMA * less:
                home[k] = larger
                break
        else:
            joined.append(int(k))
    return home[cluster]


def _lit(lab: Floats, counts: Counts) -> tuple[float, float, float]:
    """Median of the colours between two ranks of lightness, channel by channel."""
    order = np.lexsort((lab[:, 2], lab[:, 1], lab[:, 0]))
    rank = (np.cumsum(counts[order]) - counts[order] / 2) / counts.sum()
    middle = int(np.argmin(np.abs(rank - sum(_LIT) / 2)))
    lit = order[(rank >= _LIT[0]) & (rank <= _LIT[1])]
    lit = lit if lit.size else order[[middle]]
    lightness, a, b = (_median(lab[lit, k], counts[lit]) for k in range(3))
    return lightness, a, b


def _median(values: Floats, counts: Counts) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(counts[order])
    return float(values[order[np.searchsorted(reached, reached[-1] / 2)]])
