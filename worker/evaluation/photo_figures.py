"""What one photo adds to an evaluation, and what many photos add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import delta_e2000
from shared.contracts.results import Shade
from worker.evaluation.confusion import Confusion
from worker.imaging.regions import CLOTHES, HAIR, SKIN

AGREEMENT: Final = "family_agreement"
RATIOS: Final = ("skin", "hair", "clothes", "person", AGREEMENT)
"""The figures that pool over photos: sums of parts, divided once."""


@dataclass
class PhotoFigures:
    """One photo's part.

    Attributes:
        photo_id: its id.
        person_overlap: pixels of the person that are found and labelled.
        person_union: pixels that are found or labelled.
        end_to_end: regions found with the found mask, against the labels.
        found: primary clothes colour of the found region.
        labelled: primary clothes colour of the labelled region.
        skin_tone: as measured in the labelled skin; None where no skin is labelled.
        hair_colour: as measured in the labelled hair; None where no hair is labelled.
    """

    photo_id: str
    person_overlap: int
    person_union: int
    end_to_end: Confusion
    found: Shade | None
    labelled: Shade | None
    skin_tone: str | None = None
    hair_colour: str | None = None

    @property
    def person_iou(self) -> float:
        """Intersection over union of the person mask, 0..1."""
        return self.person_overlap / max(self.person_union, 1)

    def parts(self) -> npt.NDArray[np.int64]:
        """Numerators and denominators of ``RATIOS``, int64 (5, 2)."""
        hits, either = self.end_to_end.hits_and_unions()
        regions = [(hits[label], either[label]) for label in (SKIN, HAIR, CLOTHES)]
        agrees = self.found and self.labelled and self.found.family == self.labelled.family
        family = (int(bool(agrees)), int(self.labelled is not None))
        return np.array([*regions, (self.person_overlap, self.person_union), family], np.int64)


def colour_figures(photos: Sequence[PhotoFigures]) -> dict[str, float | None]:
    """Agreement of the primary clothes colour, found against labelled.

    A photo with labelled clothes in which none were found disagrees in family; its ΔE2000 is
    unknown and left out.
    """
    labelled = [photo for photo in photos if photo.labelled]
    pairs = [(p.found, p.labelled) for p in labelled if p.found and p.labelled]
    agreeing = sum(found.family == truth.family for found, truth in pairs)
    if not pairs:
        return {"family_agreement": None, "delta_e2000_median": None, "delta_e2000_p95": None}
    one, two = (np.array([pair[i].lab for pair in pairs], np.float32) for i in (0, 1))
    differences = delta_e2000(one, two)
    return {
        "family_agreement": agreeing / len(labelled),
        "delta_e2000_median": float(np.median(differences)),
        "delta_e2000_p95": float(np.percentile(differences, 95)),
    }
