"""Cut a region out of a picture: its box, its outline with a soft edge, and a small copy."""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.paste import box_of_mask
from worker.imaging.regions import Mask, Pixels

Box = tuple[int, int, int, int]
Alpha = npt.NDArray[np.uint8]

# A part of the region smaller than this share of the whole region is a speck.
SPECK: Final = 0.005
# Width of the blur that makes the edge soft, in pixels, and how much it is steepened again:
# together the alpha goes from clear to full within about three pixels, two of them half-way.
_SOFTNESS: Final = 1.0
_REACH: Final = 4  # pixels, beyond which the blur looks at nothing
_STEEPNESS: Final = 1.6


def without_specks(mask: Mask) -> Mask:
    """Drop the connected parts of a mask (H, W) that are specks; the largest always stays."""
    box = box_of_mask(mask)
    if box is None:
        return mask
    top, left, bottom, right = box
    window = slice(top, bottom), slice(left, right)
    part = np.ascontiguousarray(mask[window]).view(np.uint8)
    count, parts = cv2.connectedComponents(part)
    if count < 3:
        return mask
    # OpenCV's statistics tell more than areas, and take three times as long.
    areas = np.bincount(parts.ravel(), minlength=count)
    kept = areas >= min(SPECK * areas[1:].sum(), areas[1:].max())
    if kept[1:].all():
        return mask
    kept[0] = False
    without = np.zeros_like(mask)
    without[window] = kept[parts]
    return without


def tight_box(mask: Mask, margin: float = 0.0) -> Box | None:
    """The box around a mask.

    Args:
        mask: bool (H, W).
        margin: widens the box on each side by this share of its longer side, at least a pixel
            unless 0, and never beyond the picture.

    Returns:
        ``box_yxyx`` with exclusive ends; None where the mask is empty.
    """
    box = box_of_mask(mask)
    if box is None:
        return None
    top, left, bottom, right = box
    extra = int(np.ceil(margin * max(bottom - top, right - left)))
    height, width = mask.shape
    return (
        max(0, top - extra),
        max(0, left - extra),
        min(height, bottom + extra),
        min(width, right + extra),
    )


def soft_alpha(mask: Mask, box: Box | None = None) -> Alpha:
    """Opacity with a soft edge of one to two pixels.

    Args:
        mask: bool (H, W).
        box: the part of it that is wanted, ``box_yxyx``; without it, all.

    Returns:
        uint8 of the box's size: 255 well inside, 0 well outside, more than half on the mask's own
        pixels. The edge of the box is no edge: what lies beyond it counts.
    """
    top, left, bottom, right = box or (0, 0, *mask.shape)
    first_row, first_column = max(0, top - _REACH), max(0, left - _REACH)
    around = mask[first_row : bottom + _REACH, first_column : right + _REACH]
    width = 2 * _REACH + 1
    blurred = cv2.GaussianBlur(around.astype(np.float32), (width, width), _SOFTNESS)
    steep = blurred[top - first_row :, left - first_column :][: bottom - top, : right - left]
    steep = (steep - 0.5) * _STEEPNESS + 0.5
    np.rint(np.clip(steep, 0, 1, out=steep) * 255, out=steep)
    return steep.astype(np.uint8)


def straight(pixels: Pixels, alpha: Alpha) -> Pixels:
    """Take the white from behind colours that were laid on it.

    Args:
        pixels: RGB uint8 (H, W, 3), laid on white.
        alpha: uint8 (H, W), by which they were.

    Returns:
        RGB uint8 (H, W, 3): the colours as they were before, as near as 255 / alpha levels; white
        where nothing is seen.
    """
    cover = np.maximum(alpha, 1).astype(np.float32)[..., None]
    taken = 255 - (255 - pixels.astype(np.float32)) * (255 / cover)
    return np.rint(np.clip(taken, 0, 255)).astype(np.uint8)


def with_alpha(pixels: Pixels, alpha: Alpha) -> Pixels:
    """Join colours and opacity: RGBA uint8 (H, W, 4), black where nothing is seen."""
    joined = cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA)
    joined[..., 3] = alpha
    return only_where(alpha, cast("Pixels", joined))


def only_where(seen: Alpha, picture: Pixels) -> Pixels:
    """A picture, uint8 (H, W, C), with all channels 0 where ``seen``, uint8 (H, W), is."""
    return cast("Pixels", cv2.copyTo(picture, seen, np.zeros_like(picture)))


def shrink_to(pixels: Pixels, longest_side: int) -> Pixels:
    """Shrink a picture so that its longer side is at most so many pixels; never enlarge it."""
    height, width = pixels.shape[:2]
    scale = longest_side / max(height, width)
    if scale >= 1:
        return pixels.copy()
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cast("Pixels", cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
