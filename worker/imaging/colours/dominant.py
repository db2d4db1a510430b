"""The dominant colours of a heap of pixels, as a person would count them on cloth.

Pixels are counted in a colour histogram, and every colour climbs to a peak of its blurred density,
in coordinates that are made for cloth. Peaks that are light, shadow and shine of one cloth are then
joined, and each cloth is given its commonest colour.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Rgb, rgb_to_lab
from worker.imaging.colours.cloth import Peaks, cloth_of_lab, own_colour
from worker.imaging.colours.density import climb

Floats = npt.NDArray[np.float64]

# Bits a channel at which equal colours are counted together; each keeps the mean of its pixels.
_BITS: Final = 6
_CELLS: Final = 1 << 3 * _BITS


@dataclass(frozen=True)
class ShadeLimits:
    """What counts as a colour of its own.

    Attributes:
        most: of so many colours at most, the largest are kept.
        least_share: a colour of less than this share is a button, a seam or a stray pixel.
        blur: in cloth coordinates; two peaks nearer than twice this are one colour.
    """

    most: int = 5
    least_share: float = 0.02
    blur: float = 6.0


CLOTHES_LIMITS: Final = ShadeLimits()


@dataclass(frozen=True)
class Dominant:
    """One dominant colour: CIELAB under D65, and its share of the region, 0..1."""

    lab: tuple[float, float, float]
    share: float


def dominant(
    rgb: Rgb, weights: npt.NDArray[np.int64], limits: ShadeLimits = CLOTHES_LIMITS
) -> tuple[Dominant, ...]:
    """Find the dominant colours of some pixels, the largest share first.

    Args:
        rgb: uint8 (N, 3), in any order: the answer does not depend on it.
        weights: int64 (N,), 1 or more.
        limits: how many colours, how small, and how near to each other.

    Returns:
        At most ``limits.most`` colours with shares that sum to 1; none where N is 0.

    Raises:
        ValueError: the lengths differ.
    """
    if rgb.shape != (len(weights), 3):
        raise ValueError(f"expected rgb {(len(weights), 3)}, got {rgb.shape}")
    if not len(rgb):
        return ()
    lab, counts = _histogram(rgb, weights)
    cloth = cloth_of_lab(lab)
    peaks = Peaks.of(climb(cloth, counts, limits.blur), cloth, counts)
    body = peaks.bodies(limits.least_share)
    home = peaks.cloths(body)
    sizes = np.bincount(home, peaks.sizes)
    # Equal sizes: the earlier number, and that follows from the colours alone.
    order = np.argsort(-sizes, kind="stable")[: limits.most]
    kept = order[sizes[order] >= limits.least_share * sizes.sum()]
    kept = kept if kept.size else order[:1]
    total = float(sizes[kept].sum())
    found: list[Dominant] = []
    for k in kept:
        # Shine counts as the cloth's, but does not say what colour that is.
        own = (home == k) & (body == np.arange(len(body)))
        matte = np.flatnonzero(own[peaks.cluster])
        colour = own_colour(lab[matte], cloth[matte], counts[matte])
        found.append(Dominant(colour, float(sizes[k]) / total))
    return tuple(found)


def _histogram(rgb: Rgb, weights: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Count like colours together: mean Lab (M, 3) and weight (M,) of each that occurs."""
    red, green, blue = (rgb >> (8 - _BITS)).astype(np.int32).T
    cell = (red << 2 * _BITS | green << _BITS | blue).astype(np.intp)
    loud = weights.astype(np.float64)
    counts = np.bincount(cell, loud, _CELLS)
    seen = np.flatnonzero(counts > 0)  # NumPy finds bools ten times as fast
    counts = counts[seen].astype(np.float64)
    # Few of the cells hold a pixel: the rest is passed through once.
    number = np.empty(_CELLS, np.int32)
    number[seen] = np.arange(len(seen), dtype=np.int32)
    cell = number[cell]
    sums = [np.bincount(cell, loud * rgb[:, k], len(seen)) for k in range(3)]
    mean = np.rint(np.stack(sums, axis=1) / counts[:, None]).astype(np.uint8)
    return rgb_to_lab(mean).astype(np.float64), counts
