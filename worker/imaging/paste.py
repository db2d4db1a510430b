"""From a mask in its window on a canvas to the photo's own pixels."""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.canvas import Fit
from worker.imaging.regions import Mask

Floats = npt.NDArray[np.float32]
Shares = npt.NDArray[np.uint8]
"""How sure each pixel is, of 255."""

FULL: Final = 255
HALF: Final = 128


def paste_shares(soft: Floats, window: Floats, fit: Fit) -> Shares:
    """Bring a mask from its window on the canvas to the photo's own pixels.

    Args:
        soft: float32 (h, w) in 0..1.
        window: float32 (4,), y1 x1 y2 x2 on the canvas; may exceed it.
        fit: where the photo lies on the canvas.

    Returns:
        uint8 of the photo's size: how sure each pixel is, of 255.
    """
    scale = np.array([fit.inner_hw[0] / fit.photo_hw[0], fit.inner_hw[1] / fit.photo_hw[1]])
    cells = np.array(soft.shape) / np.maximum(window[2:] - window[:2], 1e-3)
    start = np.array([fit.top, fit.left]) - window[:2]
    # Pixel centres lie at +0.5 in the photo as in the mask.
    factor = scale * cells
    offset = (0.5 * scale + start) * cells - 0.5
    matrix = np.array([[factor[1], 0, offset[1]], [0, factor[0], offset[0]]])
    pasted = cv2.warpAffine(
        np.rint(soft * np.float32(255)).astype(np.uint8),
        matrix,
        (fit.photo_hw[1], fit.photo_hw[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return cast("Shares", pasted)


def box_of_mask(mask: Mask) -> tuple[int, int, int, int] | None:
    """Tight (y1, x1, y2, x2) of a bool mask (H, W), ends exclusive; None where it is empty."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return (top, left, top + height, left + width) if width else None
