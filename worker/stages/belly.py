"""A top without the bare belly below it: a part of the stage ``colours``.

The network that knows garments takes the belly under a short top for a part of it. Such skin has
the colour of the wearer's own, in whatever light, and lies below cloth that has not. A nude top
looks like skin from its neck on.
"""

from dataclasses import replace
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from shared.catalogue.kinds import Piece
from shared.contracts.warnings import WarningWord
from worker.imaging.colours.leaks import like_skin
from worker.imaging.colours.median import median_lab
from worker.imaging.regions import BACKGROUND, CLOTHES, SKIN, LabelMap, Mask, Pixels
from worker.stages.product import ProductRegion

MOSTLY: Final = 0.6
"""The share of a top's pixels below some row that must look like skin."""

HARDLY: Final = 0.1
"""The share of them above it that may."""

PART: Final = 0.15
"""The share of all of its pixels that lie above that row, and below it, at least."""

# Bellies lie in another light than faces and arms do. A top like skin all over is none the less
# told by its upper part, so the colours may be far apart.
_CHROMA_NEAR: Final = 10.0
_LIGHTNESS_NEAR: Final = 25.0
# Every so many rows and columns are looked at.
_STEP: Final = 3


def without_belly(product: ProductRegion, pixels: Pixels, labels: LabelMap) -> ProductRegion:
    """Take what lies from the belly on out of a top.

    Args:
        product: what is for sale.
        pixels: RGB uint8 (H, W, 3), as colours are measured.
        labels: the picture's regions, uint8 (H, W).

    Returns:
        The same, or with fewer clothes and the warning ``skin_in_clothes``.
    """
    if product.piece is not Piece.TOP:
        return product
    some, regions = pixels[::_STEP, ::_STEP], labels[::_STEP, ::_STEP]
    sold = product.labels[::_STEP, ::_STEP] == CLOTHES
    skin = median_lab(some, regions, SKIN)
    if skin is None or not sold.any():
        return product
    bare = np.zeros(sold.shape, np.bool_)
    bare[sold] = like_skin(some[sold], (skin,), _CHROMA_NEAR, _LIGHTNESS_NEAR)
    row = _first_bare_row(sold, bare)
    if row is None:
        return product
    cut = product.labels.copy()
    below = cut[row * _STEP :]
    below[below == CLOTHES] = BACKGROUND
    words = (*product.warnings, WarningWord.SKIN_IN_CLOTHES.value)
    return replace(product, labels=cut, warnings=words)


def _first_bare_row(sold: Mask, bare: Mask) -> int | None:
    """The row of a top from which on it is mostly bare, and hardly above; None: there is none.

    Args:
        sold: bool (h, w), the top.
        bare: bool (h, w), the part of it that looks like skin.
    """
    above, bare_above = _above(sold), _above(bare)
    below, bare_below = above[-1] - above, bare_above[-1] - bare_above
    least = PART * above[-1]
    fits = (above >= least) & (below >= least)
    fits &= (bare_above <= HARDLY * above) & (bare_below >= MOSTLY * below)
    rows = np.flatnonzero(fits)
    if not rows.size:
        return None
    # Where the two parts differ most.
    contrast = bare_below[rows] / below[rows] - bare_above[rows] / above[rows]
    return int(rows[contrast.argmax()])


def _above(mask: Mask) -> npt.NDArray[np.int64]:
    """How many pixels of a mask lie above each row, and above the last one's end, (h + 1,)."""
    counts = np.concatenate([[0], np.count_nonzero(mask, axis=1)])
    return cast("npt.NDArray[np.int64]", counts.cumsum())
