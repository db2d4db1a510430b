"""A patch: the pixels of one piece at a fixed size, with light and folds taken out.

Light falls on cloth as a factor that changes slowly. So each pixel is compared with a wide blur of
its own surroundings, inside the piece alone: what is left is the cloth's own light and dark, and
colour that no shade makes.
"""

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import rgb_to_lab
from worker.imaging.colours.sample import WHOLE, reduce
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import Mask, Pixels

Field = npt.NDArray[np.float32]

AREA: Final = 12_000
"""A larger piece is reduced to about so many pixels."""

LONGEST: Final = 256
"""Pixels along the longer side of a patch, at most."""

EDGE: Final = 2.5
"""What lies nearer to the piece's edge, in pixels of the patch, is left out: it is mixed there."""

ENOUGH: Final = 400
"""Fewer pixels than this show no pattern."""

WIDE: Final = 0.13
"""Width of the blur that stands for light and folds, as a part of the root of the area."""

_DARK: Final = 16.0
"""Added to L* below a fraction: dark pixels are noisy."""


@dataclass(frozen=True)
class ClothPatch:
    """One piece, h by w pixels.

    Attributes:
        lab: CIELAB, float32 (h, w, 3).
        inside: bool (h, w), the pixels that count.
        detail: float32 (h, w, 3): lightness as percent above or below its surroundings, and two
            planes of colourfulness relative to lightness, less their surroundings'; 0 outside.
    """

    lab: Field
    inside: Mask
    detail: Field

    @property
    def area(self) -> int:
        """How many pixels count."""
        return int(np.count_nonzero(self.inside))


def patch_of(pixels: Pixels, region: Mask) -> ClothPatch | None:
    """Cut a piece out and take light and folds out of it; None where it is too small.

    Args:
        pixels: RGB uint8 (H, W, 3).
        region: the piece, bool (H, W).
    """
    box = box_of_mask(region)
    if box is None:
        return None
    part = slice(box[0], box[2]), slice(box[1], box[3])
    rgb, inside = _reduced(np.ascontiguousarray(pixels[part]), np.ascontiguousarray(region[part]))
    # The picture's own border is an edge here: beyond it nothing is known.
    framed = cv2.copyMakeBorder(inside.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_3)[1:-1, 1:-1]
    counted = depth > EDGE
    if np.count_nonzero(counted) < ENOUGH:
        return None
    lab = rgb_to_lab(rgb)
    return ClothPatch(lab, counted, _detail(lab, counted))


def _reduced(rgb: Pixels, inside: Mask) -> tuple[Pixels, Mask]:
    height, width = inside.shape
    shrink = max((np.count_nonzero(inside) / AREA) ** 0.5, max(height, width) / LONGEST)
    if shrink <= 1:
        return rgb, inside
    size_hw = (max(1, round(height / shrink)), max(1, round(width / shrink)))
    covered = reduce(inside.view(np.uint8) * WHOLE, size_hw)
    return cast("Pixels", reduce(rgb, size_hw)), covered == WHOLE


def _detail(lab: Field, inside: Mask) -> Field:
    weight = inside.astype(np.float32)
    planes = cv2.split(lab)
    colourful = 60 / (planes[0] + _DARK)
    planes = [planes[0] * weight, *(plane * colourful * weight for plane in planes[1:])]
    sigma = WIDE * float(weight.sum()) ** 0.5
    # Weighed planes, and the weight itself.
    *around, total = cv2.split(_wide_blur(cv2.merge([*planes, weight]), sigma))
    share = weight / np.maximum(total, 1e-3)
    around = [plane * share for plane in around]
    detail = [plane - behind for plane, behind in zip(planes, around, strict=True)]
    detail[0] = detail[0] * (100 / (around[0] + _DARK))
    return cast("Field", cv2.merge(detail))


def _wide_blur(field: cv2.typing.MatLike, sigma: float) -> cv2.typing.MatLike:
    """Blur widely: reduced to a quarter first, which cannot be seen."""
    height, width = field.shape[:2]
    small = cv2.resize(field, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 4, borderType=cv2.BORDER_CONSTANT)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
