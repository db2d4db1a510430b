"""Stage ``mask``: find the person, or, on a plain backdrop, the product itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.contracts.results import Subject
from worker.imaging.packshot.cut import cut
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import Mask, Pixels

if TYPE_CHECKING:
    from worker.networks.mask_rcnn.finder import SubjectFinder  # brings the networks' framework

LEAST_SCORE: Final = 0.05
HIGHEST_SCORE: Final = 0.98
"""How sure a cut packshot is at least and at most."""


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

    The score says how sure the product's outline is: how far apart both sides of it are, where
    ΔE 12 and more counts as certain. Nothing that was only cut out is wholly certain.

    Args:
        pixels: RGB uint8 (H, W, 3).

    Returns:
        The product, or None when the backdrop is not plain.
    """
    found = cut(pixels)
    box = None if found is None else box_of_mask(found.mask)
    if found is None or box is None:
        return None
    score = float(np.clip(found.certainty, LEAST_SCORE, HIGHEST_SCORE))
    return SubjectMask(found.mask, score, box, "packshot")
