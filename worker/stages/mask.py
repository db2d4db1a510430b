"""Stage ``mask``: find the person, or, on a plain backdrop, the product itself."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from shared.contracts.results import Subject
from worker.imaging.cutout import Alpha
from worker.imaging.packshot.alpha import cut_by_alpha
from worker.imaging.packshot.cut import cut
from worker.imaging.packshot.product import Packshot
from worker.imaging.paste import Shares, box_of_mask
from worker.imaging.regions import BACKGROUND, LabelMap, Mask, Pixels

if TYPE_CHECKING:
    from worker.networks.mask_rcnn.finder import SubjectFinder  # brings the networks' framework

LEAST_SCORE: Final = 0.05
HIGHEST_SCORE: Final = 0.98
"""How sure a cut packshot is at least and at most."""
# A person's mask and what the file's alpha cuts out are the same from this IoU on; where alpha cuts
# out less than this share of the person, it cuts out something else.
_ALIKE: Final = 0.85
_LEAST_SHARE: Final = 0.5


@dataclass(frozen=True)
class SubjectMask:
    """The picture's subject: bool (H, W), score 0..1, tight box with exclusive ends.

    ``alpha`` is the opacity of every pixel, uint8 (H, W), where the file cuts the subject out;
    ``shares`` is how sure the person network is of every pixel, uint8 (H, W) of 255, where its
    mask is the best there is.
    """

    mask: Mask
    score: float
    box_yxyx: tuple[int, int, int, int]
    subject: Subject
    alpha: Alpha | None = None
    shares: Shares | None = None


def find_subject(
    pixels: Pixels, finder: "SubjectFinder", alpha: Alpha | None = None
) -> SubjectMask | None:
    """Find the person, else a product that the file's alpha cuts out, else one on a plain backdrop.

    Args:
        pixels: RGB uint8 (H, W, 3), laid on white.
        finder: the person network.
        alpha: uint8 (H, W), 255 = opaque; None where all of the picture is.

    Returns:
        The subject, or None where there is neither.
    """
    found = None if alpha is None else cut_by_alpha(pixels, alpha)
    person = mask(pixels, finder)
    if found is None:
        return person or cut_packshot(pixels)
    subject = _packshot(found) if person is None else _within(person, found.mask)
    return None if subject is None else replace(subject, alpha=alpha)


def _within(person: SubjectMask, cutout: Mask) -> SubjectMask:
    """Hold a person's mask against what the file's alpha cuts out, which has the finer outline."""
    both = person.mask & cutout
    shared, covered = np.count_nonzero(both), np.count_nonzero(person.mask)
    if shared < _LEAST_SHARE * covered:
        return person
    alike = shared >= _ALIKE * np.count_nonzero(person.mask | cutout)
    fitted = cutout if alike else both
    box = box_of_mask(fitted)
    return person if box is None else replace(person, mask=fitted, box_yxyx=box, shares=None)


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
    return SubjectMask(found.mask, found.score, box, "person", shares=found.shares)


def as_agreed(subject: SubjectMask, labels: LabelMap) -> SubjectMask:
    """The subject where both networks together see somebody, if the painter was told of shares.

    Args:
        subject: as :func:`find_subject` gave it.
        labels: uint8 (H, W), of the segments.
    """
    if subject.shares is None:
        return subject
    mask = labels != BACKGROUND
    box = box_of_mask(mask)
    if box is None:
        return replace(subject, shares=None)
    return replace(subject, mask=mask, box_yxyx=box, shares=None)


def cut_packshot(pixels: Pixels) -> SubjectMask | None:
    """Cut a product from a plain backdrop.

    The score says how sure the product's outline is: how far apart both sides of it are, where
    ΔE 12 and more counts as certain. Nothing that was only cut out is wholly certain.

    Args:
        pixels: RGB uint8 (H, W, 3).

    Returns:
        The product, or None when the backdrop is not plain.
    """
    return _packshot(cut(pixels))


def _packshot(found: Packshot | None) -> SubjectMask | None:
    box = None if found is None else box_of_mask(found.mask)
    if found is None or box is None:
        return None
    score = float(np.clip(found.certainty, LEAST_SCORE, HIGHEST_SCORE))
    return SubjectMask(found.mask, score, box, "packshot")
