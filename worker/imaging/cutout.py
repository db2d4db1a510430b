"""Cut a region out of a picture: its box, its outline with a soft edge, and a small copy."""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import Mask, Pixels

Box = tuple[int, int, int, int]
Alpha = npt.NDArray[np.uint8]

# A part of the region smaller than this share of the whole region is a speck.
SPECK: Final = 0.005
# Width of the blur that makes the edge soft, in pixels, and how much it is steepened again:
# together the alpha goes from clear to full within about three pixels, two of them half-way.
_SOFTNESS: Final = 1.0
_STEEPNESS: Final = 1.6


def without_specks(mask: Mask) -> Mask:
    """Drop the connected parts of a mask (H, W) that are specks; the largest always stays."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    if count < 3:
        return mask
    kept = areas >= min(SPECK * areas[1:].sum(), areas[1:].max())
    kept[0] = False
    return cast("Mask", kept[parts])


def tight_box(mask: Mask, margin: float = 0.0) -> Box | None:
    """The box around a mask.

    Args:
        mask: bool (H, W).
        margin: widens the box on each side by this share of its longer side, at least a pixel
            unless 0, and never beyond the picture.

    Returns:
        ``box_yxyx`` with exclusive ends; None where the mask is empty.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    extra = int(np.ceil(margin * max(bottom - top, right - left)))
    height, width = mask.shape
    return (
        max(0, int(top) - extra),
        max(0, int(left) - extra),
        min(height, int(bottom) + extra),
        min(width, int(right) + extra),
    )


def soft_alpha(mask: Mask) -> Alpha:
    """Opacity with a soft edge of one to two pixels.

    Args:
        mask: bool (H, W).

    Returns:
        uint8 (H, W): 255 well inside, 0 well outside, more than half on the mask's own pixels.
    """
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _SOFTNESS)
    steep = (blurred - 0.5) * _STEEPNESS + 0.5
    return np.rint(np.clip(steep, 0, 1) * 255).astype(np.uint8)


def with_alpha(pixels: Pixels, alpha: Alpha) -> Pixels:
    """Join colours and opacity: RGBA uint8 (H, W, 4), black where nothing is seen."""
    seen = np.where(alpha[..., None] > 0, pixels, np.uint8(0))
    return np.dstack([seen, alpha])


def shrink_to(pixels: Pixels, longest_side: int) -> Pixels:
    """Shrink a picture so that its longer side is at most so many pixels; never enlarge it."""
    height, width = pixels.shape[:2]
    scale = longest_side / max(height, width)
    if scale >= 1:
        return pixels.copy()
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cast("Pixels", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
