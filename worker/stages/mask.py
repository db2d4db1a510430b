"""Stage ``mask``: find the person, or, on a plain backdrop, the product itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shared.colour.cielab import rgb_to_lab
from shared.contracts.results import Subject
from worker.imaging import packshot
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import Mask, Pixels

if TYPE_CHECKING:
    from worker.networks.mask_rcnn.finder import SubjectFinder  # brings the networks' framework


@dataclass(frozen=True)
class SubjectMask:
    """The picture's subject: bool (H, W), score 0..1, tight box with exclusive ends."""

    mask: Mask
    score: float
    box_yxyx: tuple[int, int, int, int]
    subject: Subject


def mask(pixels: Pixels, finder: "SubjectFinder") -> SubjectMask | None:
    """Find the subject among the people of a photo.

    Args:
        pixels: RGB uint8 (H, W, 3).
        finder: the person network.

    Returns:
        The subject, or None where there is no person.
    """
    found = finder([pixels])[0]
    box = None if found is None else box_of_mask(found.mask)
    if found is None or box is None:
        return None
    return SubjectMask(found.mask, found.score, box, "person")


def cut_packshot(pixels: Pixels) -> SubjectMask | None:
    """Cut a product from a plain backdrop.

    The score says how clearly the product stands out: the lower quartile of its pixels'
    distance from the backdrop, where ΔE 20 and more counts as certain.

    Args:
        pixels: RGB uint8 (H, W, 3).

    Returns:
        The product, or None when the backdrop is not plain.
    """
    product = packshot.cut(pixels)
    box = None if product is None else box_of_mask(product)
    if product is None or box is None:
        return None
    small = pixels[:: max(1, pixels.shape[0] // 256), :: max(1, pixels.shape[1] // 256)]
    inside = product[:: max(1, pixels.shape[0] // 256), :: max(1, pixels.shape[1] // 256)]
    lab = rgb_to_lab(small)
    backdrop = np.median(lab[~inside], axis=0) if not inside.all() else lab.mean(axis=(0, 1))
    distance = np.linalg.norm(lab[inside] - backdrop, axis=-1) if inside.any() else np.zeros(1)
    score = float(np.clip(np.percentile(distance, 25) / 20.0, 0.05, 1.0))
    return SubjectMask(product, score, box, "packshot")
