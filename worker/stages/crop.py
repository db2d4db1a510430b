"""Stage ``crop``: the garment cut out with alpha, its crop and its thumbnail.

The only stage that sees the photo's own pixels: it brings outline and labels up to them, within the
box that is cut.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple, cast

import cv2
import numpy as np

from worker.imaging.cutout import (
    Alpha,
    Box,
    shrink_to,
    soft_alpha,
    straight,
    tight_box,
    with_alpha,
    without_specks,
)
from worker.imaging.edges import Guide, cut_out, fitted_alpha
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Mask, Pixels
from worker.imaging.working_size import WORKING_SIDE, box_at, reduced, scaled_hw, working_hw
from worker.stages.decoding.decoded import Decoded

# Share of the box's longer side that is left around the garment.
MARGIN: Final = 0.02
THUMBNAIL_SIDE: Final = 256
CROP_SIDE: Final = 1536
"""The longer side that a photo is cut at, in pixels, at most, unless a setting says otherwise."""

FOUND_EDGE: Final = 0.006
"""By how much an outline that a network found may be off: a share of the photo's longer side."""

# A JPEG is read at a half, a quarter or an eighth of its size where this share of what is wanted is
# left then.
_ENOUGH: Final = 15 / 16

# How far beyond a mask an edge of the file's alpha reaches, in pixels, and below which opacity.
_EDGE: Final = 4
_HALF: Final = 128


@dataclass(frozen=True)
class Crops:
    """What is cut from one picture.

    Attributes:
        cutout: RGBA uint8 (h, w, 4), the clothes alone; black and clear elsewhere.
        crop: RGB uint8 (h, w, 3), the same part of the picture as it is.
        box_yxyx: where cut-out and crop lie in the picture, ends exclusive. They have its size, or
            less where that is over the cap.
    """

    cutout: Pixels
    crop: Pixels
    box_yxyx: Box

    @property
    def thumbnail(self) -> Pixels:
        """RGB uint8, the crop with its longer side at most 256 pixels."""
        return shrink_to(self.crop, THUMBNAIL_SIDE)


class GarmentCut(NamedTuple):
    """The picture, RGB uint8 (H, W, 3), with heads as they are to be, and what is cut of it.

    ``outfit`` is None where ``sold`` shows all clothes, and where no outfit is stored.
    """

    pictured: Pixels
    sold: Crops
    outfit: Crops | None = None
    is_part: bool = False


def wanted_side(crop_side: int) -> int:
    """The longer side of a photo that is enough for what is cut from it, and for the networks.

    >>> wanted_side(1536), wanted_side(256)
    (1440, 1024)
    """
    return max(WORKING_SIDE, round(crop_side * _ENOUGH))


def crop(
    pixels: Pixels,
    labels: LabelMap,
    box: Box | None = None,
    alpha: Alpha | None = None,
    *,
    side: int = CROP_SIDE,
    edge: float = 0.0,
) -> Crops:
    """Cut the garment out of a picture.

    Args:
        pixels: RGB uint8 (H, W, 3), the photo's own.
        labels: uint8, of the photo's size or of its working size: 0 background, 1 skin, 2 hair, 3
            clothes.
        box: the subject's ``box_yxyx``, in pixels of the labels; labels outside of it do not count.
        alpha: uint8 (H, W), where the file cuts the subject out; the cut-out keeps its edges.
        side: a photo with a longer side than this is cut at this size, in pixels.
        edge: how far the labels' outline may be off, as a share of the photo's longer side: within
            it the cut-out follows the edges of the picture. 0: the outline is right.

    Returns:
        The clothes with a small margin. Where no pixel is clothes, the whole subject is cropped
        (all regions, else the box, else the picture), and the cut-out is clear throughout.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    photo_hw = (pixels.shape[0], pixels.shape[1])
    if labels.shape not in (photo_hw, working_hw(photo_hw)):
        raise ValueError(f"expected pixels {(*labels.shape, 3)}, got {pixels.shape}")
    within = _within(labels.shape, box)
    clothes = without_specks((labels == CLOTHES) & within)
    around = tight_box(clothes, MARGIN)
    if around is None:
        around = tight_box((labels != BACKGROUND) & within, MARGIN) or tight_box(within)
    if around is None:
        around = (0, 0, labels.shape[0], labels.shape[1])
    top, left, bottom, right = around
    outline = np.ascontiguousarray(clothes[top:bottom, left:right])
    cut = box_at(around, (labels.shape[0], labels.shape[1]), photo_hw)
    top, left, bottom, right = cut
    size_hw = scaled_hw((bottom - top, right - left), min(1.0, side / max(photo_hw)))
    window = pixels[top:bottom, left:right]
    part = window.copy() if window.shape[:2] == size_hw else reduced(window, size_hw)
    scale = size_hw[0] / outline.shape[0]
    outline = _enlarged(outline, size_hw)
    if alpha is not None:
        known = reduced(np.ascontiguousarray(alpha[top:bottom, left:right]), size_hw)
        opacity = np.minimum(soft_alpha(_to_clear(outline, known)), known)
        return Crops(with_alpha(straight(part, known), opacity), part, cut)
    off = round(max(edge * max(photo_hw) * size_hw[0] / (bottom - top), scale if scale > 1 else 0))
    if off == 0:
        return Crops(with_alpha(part, soft_alpha(outline)), part, cut)
    guide = Guide(part, off)
    return Crops(cut_out(guide, fitted_alpha(guide, outline)), part, cut)


def _enlarged(outline: Mask, size_hw: tuple[int, int]) -> Mask:
    """A mask at another size, its steps smoothed."""
    if outline.shape == size_hw:
        return outline
    cover = outline.view(np.uint8) * np.uint8(255)
    method = cv2.INTER_LINEAR if size_hw[0] > outline.shape[0] else cv2.INTER_AREA
    return cast("Alpha", cv2.resize(cover, size_hw[::-1], interpolation=method)) >= _HALF


def _to_clear(clothes: Mask, alpha: Alpha) -> Mask:
    """Widen clothes where they end in nothing: there the file's alpha says how, not the mask."""
    near = cv2.dilate(clothes.view(np.uint8), np.ones((3, 3), np.uint8), iterations=_EDGE) > 0
    return clothes | (near & (alpha < _HALF))


def _within(shape: tuple[int, ...], box: Box | None) -> Mask:
    if box is None:
        return np.ones(shape, np.bool_)
    within = np.zeros(shape, np.bool_)
    top, left, bottom, right = (max(0, edge) for edge in box)
    within[top:bottom, left:right] = True
    return within


def in_photo(crops: Crops, picture: Decoded) -> Crops:
    """The same with a box in pixels of the file's picture, which may be larger than the decoded."""
    height, width = picture.pixels.shape[:2]
    return replace(crops, box_yxyx=box_at(crops.box_yxyx, (height, width), picture.size_hw))
