"""Stage ``grey_fill``: everything but the person turns grey."""

from typing import Final, cast

import cv2
import numpy as np

from worker.imaging.canvas import GREY
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import Mask, Pixels

# Share of the photo's height by which a found mask is widened before the fill: its coarse edge
# must not cut the garment's, which the generator then finds at full resolution.
MARGIN: Final = 0.012

# The half side of a square that diamonds around it make an octagon of even sides: of its radius.
_SQUARE: Final = 2**0.5 - 1
_CROSS: Final = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def widen(mask: Mask, margin: float = MARGIN) -> Mask:
    """Grow a bool mask (H, W) by a share of its height on every side, a pixel at least."""
    radius = max(1, round(mask.shape[0] * margin))
    top, left, bottom, right = box_of_mask(mask) or (0, 0, 1, 1)
    window = (
        slice(max(0, top - radius), bottom + radius),
        slice(max(0, left - radius), right + radius),
    )
    wide = np.zeros_like(mask)
    wide[window] = _dilated(np.ascontiguousarray(mask[window]).view(np.uint8), radius) > 0
    return wide


def _dilated(mask: cv2.typing.MatLike, radius: int) -> cv2.typing.MatLike:
    """Dilate by an octagon, nearly a disc: by a square, then by crosses, in a quarter of the time
    that OpenCV takes for a disc.
    """
    half = round(radius * _SQUARE)
    square = cv2.dilate(mask, np.ones((2 * half + 1, 2 * half + 1), np.uint8))
    return cv2.dilate(square, _CROSS, iterations=radius - half)


def grey_fill(pixels: Pixels, visible: Mask) -> Pixels:
    """Grey out what is not visible.

    Args:
        pixels: RGB uint8 (H, W, 3).
        visible: bool (H, W).

    Returns:
        RGB uint8 (H, W, 3); the input is left as it was.
    """
    grey = np.full_like(pixels, GREY)
    return cast("Pixels", cv2.copyTo(pixels, visible.view(np.uint8), grey))
