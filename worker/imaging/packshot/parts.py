"""Masks and their connected parts."""

from typing import Final

import cv2
import numpy as np

from worker.imaging.regions import Mask

# A loose part is kept when it has this share of the largest part (the second shoe, not a speck).
LOOSE_PART: Final = 0.03
# Gaps smaller than this share of what surrounds the product are no holes, and are filled.
SMALLEST_HOLE: Final = 0.0005

CROSS: Final = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def grow(mask: Mask, radius: int) -> Mask:
    """Widen a mask, bool (H, W), by so many pixels."""
    return cv2.dilate(mask.astype(np.uint8), CROSS, iterations=radius) > 0


def large_parts(mask: Mask, share: float) -> Mask:
    """The connected parts of a mask that have at least this share of the largest part's area."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    large = areas >= share * areas[1:].max()
    large[0] = False
    return large[parts]


def cleaned(mask: Mask) -> Mask:
    """A product without specks around it and without pinholes in it."""
    return ~large_parts(~large_parts(mask, LOOSE_PART), SMALLEST_HOLE)
