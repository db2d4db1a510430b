"""Stage ``crop``: the garment cut out with alpha, its crop and its thumbnail."""

from dataclasses import dataclass
from typing import Final

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
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Mask, Pixels

# Share of the box's longer side that is left around the garment.
MARGIN: Final = 0.02
THUMBNAIL_SIDE: Final = 256
# How far beyond a mask an edge of the file's alpha reaches, in pixels, and below which opacity.
_EDGE: Final = 4
_HALF: Final = 128


@dataclass(frozen=True)
class Crops:
    """What is cut from one picture.

    Attributes:
        cutout: RGBA uint8 (h, w, 4), the clothes alone; black and clear elsewhere.
        crop: RGB uint8 (h, w, 3), the same part of the picture as it is.
        thumbnail: RGB uint8, the crop with its longer side at most 256 pixels.
        box_yxyx: where cut-out and crop lie in the picture, ends exclusive.
    """

    cutout: Pixels
    crop: Pixels
    thumbnail: Pixels
    box_yxyx: Box


def crop(
    pixels: Pixels, labels: LabelMap, box: Box | None = None, alpha: Alpha | None = None
) -> Crops:
    """Cut the garment out of a picture.

    Args:
        pixels: RGB uint8 (H, W, 3).
        labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
        box: the subject's ``box_yxyx``; labels outside of it do not count.
        alpha: uint8 (H, W), where the file cuts the subject out; the cut-out keeps its edges.

    Returns:
        The clothes with a small margin. Where no pixel is clothes, the whole subject is cropped
        (all regions, else the box, else the picture), and the cut-out is clear throughout.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    if pixels.shape != (*labels.shape, 3):
        raise ValueError(f"expected pixels {(*labels.shape, 3)}, got {pixels.shape}")
    within = _within(labels.shape, box)
    clothes = without_specks((labels == CLOTHES) & within)
    around = tight_box(clothes, MARGIN)
    if around is None:
        around = tight_box((labels != BACKGROUND) & within, MARGIN) or tight_box(within)
    if around is None:
        around = (0, 0, labels.shape[0], labels.shape[1])
    top, left, bottom, right = around
    part = pixels[top:bottom, left:right].copy()
    thumbnail = shrink_to(part, THUMBNAIL_SIDE)
    if alpha is None:
        return Crops(with_alpha(part, soft_alpha(clothes, around)), part, thumbnail, around)
    known = np.ascontiguousarray(alpha[top:bottom, left:right])
    opacity = np.minimum(soft_alpha(_to_clear(clothes, alpha), around), known)
    return Crops(with_alpha(straight(part, known), opacity), part, thumbnail, around)


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
