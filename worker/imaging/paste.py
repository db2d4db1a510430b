"""From a mask in its window on a canvas to the photo's own pixels."""

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.canvas import Fit
from worker.imaging.regions import Mask

Floats = npt.NDArray[np.float32]


def paste_mask(soft: Floats, window: Floats, fit: Fit) -> Mask:
    """Bring a mask from its window on the canvas to the photo's own pixels.

    Args:
        soft: float32 (h, w) in 0..1.
        window: float32 (4,), y1 x1 y2 x2 on the canvas; may exceed it.
        fit: where the photo lies on the canvas.

    Returns:
        bool, of the photo's size.
    """
    scale = np.array([fit.inner_hw[0] / fit.photo_hw[0], fit.inner_hw[1] / fit.photo_hw[1]])
    cells = np.array(soft.shape) / np.maximum(window[2:] - window[:2], 1e-3)
    start = np.array([fit.top, fit.left]) - window[:2]
    # Pixel centres lie at +0.5 in the photo as in the mask.
    factor = scale * cells
    offset = (0.5 * scale + start) * cells - 0.5
    matrix = np.array([[factor[1], 0, offset[1]], [0, factor[0], offset[0]]])
    pasted = cv2.warpAffine(
        soft,
        matrix,
        (fit.photo_hw[1], fit.photo_hw[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return pasted >= 0.5


def box_of_mask(mask: Mask) -> tuple[int, int, int, int] | None:
    """Tight (y1, x1, y2, x2) of a bool mask (H, W), ends exclusive; None where it is empty."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return (top, left, top + height, left + width) if width else None
