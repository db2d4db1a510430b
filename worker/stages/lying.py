"""Clothes that nobody wears and no plain backdrop surrounds: on a bed, a floor, a hanger."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from worker.imaging.cutout import without_specks
from worker.imaging.labels.merges import PARTS
from worker.imaging.part_shares import FIRST_GARMENT, PartShares
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import BACKGROUND, CLOTHES, HAIR, SKIN, Pixels
from worker.stages.mask import SubjectMask
from worker.stages.segment import PartsNetwork, Segments, paint_parts, read_painting

# Shares of the picture that clothes take at least and at most.
LEAST_CLOTHES: Final = 0.06
MOST_CLOTHES: Final = 0.9
# Of clothes, skin and hair together: more of somebody than this is a person who was not found.
MOST_SOMEBODY: Final = 0.05
# How sure the painter is of the clothes, and which share of them is one piece, at least.
LEAST_SURE: Final = 0.75
LEAST_ONE: Final = 0.55


@dataclass(frozen=True)
class LyingClothes:
    """Clothes without their wearer, and the regions of their picture."""

    subject: SubjectMask
    segments: Segments


def find_lying(pixels: Pixels, garments: PartsNetwork) -> LyingClothes | None:
    """Find clothes in a picture that shows no person.

    Args:
        pixels: RGB uint8 (H, W, 3).
        garments: the compiled lean generator, which sees the whole picture.

    Returns:
        The clothes; None where there are none, where somebody seems to wear them, or where the
        painter is not sure.
    """
    everywhere = np.ones(pixels.shape[:2], np.bool_)
    painting, parts = paint_parts(pixels, everywhere, garments)
    segments = read_painting(painting, everywhere)
    counts = np.bincount(segments.labels.ravel(), minlength=CLOTHES + 1)
    clothes, somebody = counts[CLOTHES], counts[SKIN] + counts[HAIR]
    if not LEAST_CLOTHES <= clothes / counts.sum() <= MOST_CLOTHES:
        return None
    if somebody > MOST_SOMEBODY * (clothes + somebody):
        return None
    mask = without_specks(segments.labels == CLOTHES)
    box = box_of_mask(mask)
    sure = float(segments.confidence[mask].mean())
    if box is None or sure < LEAST_SURE or _largest_share(parts) < LEAST_ONE:
        return None
    labels = np.where(mask, np.uint8(CLOTHES), np.uint8(BACKGROUND))
    lying = Segments(labels, segments.paint, segments.confidence, segments.palette_agreement, parts)
    return LyingClothes(SubjectMask(mask, sure, box, "packshot"), lying)


def _largest_share(parts: PartShares) -> float:
    """The share of the garments' pixels that the commonest garment has, 0..1."""
    best = parts.shares[..., FIRST_GARMENT:].argmax(axis=-1)[parts.clothes > 0.5]
    counts = np.bincount(best, minlength=len(PARTS) - FIRST_GARMENT)
    return float(counts.max() / max(counts.sum(), 1))
