"""A top without the bare skin below it: a part of the stage ``colours``.

The network that knows garments takes the belly under a short top for a part of it. Such skin has
the colour of the wearer's own; where it covers more than half of a top, it is taken out, if enough
of the top is left to say what colour that is. A nude top has no such rest.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from shared.catalogue.kinds import Piece
from shared.contracts.warnings import WarningWord
from worker.imaging.colours.leaks import like_skin
from worker.imaging.colours.median import median_lab
from worker.imaging.regions import BACKGROUND, CLOTHES, SKIN, LabelMap, Pixels
from worker.stages.product import ProductRegion

MOSTLY: Final = 0.5
"""The share of a top's pixels that must look like skin."""

ENOUGH: Final = 0.2
"""The share of them that must not."""

# Every so many rows and columns say whether there is anything to do.
_STEP: Final = 3


def without_belly(product: ProductRegion, pixels: Pixels, labels: LabelMap) -> ProductRegion:
    """Take bare skin out of a top.

    Args:
        product: what is for sale.
        pixels: RGB uint8 (H, W, 3), as colours are measured.
        labels: the picture's regions, uint8 (H, W).

    Returns:
        The same, or with fewer clothes and the warning ``skin_in_clothes``.
    """
    if product.piece is not Piece.TOP:
        return product
    skin = median_lab(pixels[::_STEP, ::_STEP], labels[::_STEP, ::_STEP], SKIN)
    sold = product.labels == CLOTHES
    some = pixels[::_STEP, ::_STEP][sold[::_STEP, ::_STEP]]
    if skin is None or not len(some):
        return product
    share = float(np.mean(like_skin(some, (skin,))))
    if not MOSTLY <= share <= 1 - ENOUGH:
        return product
    bare = product.labels.copy()
    bare[sold] = np.where(like_skin(pixels[sold], (skin,)), np.uint8(BACKGROUND), np.uint8(CLOTHES))
    return replace(
        product,
        labels=bare,
        warnings=(*product.warnings, WarningWord.SKIN_IN_CLOTHES.value),
    )
