"""How good the pipeline is on labelled photos: one set of figures for one folder.

Intersection over union is pooled: intersections and unions are summed over all pixels of all
photos, each at its own size, and divided once.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contracts import Region, Shade
from worker.imaging.ccp import LabelledFolder
from worker.imaging.cielab import delta_e2000
from worker.imaging.naming import Naming
from worker.imaging.regions import BACKGROUND, LABEL_NAMES, LabelMap, Mask, Pixels
from worker.pipeline import Networks
from worker.stages.colours import colours
from worker.stages.decode import decode
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.mask import cut_packshot, mask
from worker.stages.segment import Segments, segment, segment_packshot
from worker.worst import Photo, Worst

MAX_PIXELS = 60_000_000
LABELS = len(LABEL_NAMES)


@dataclass
class Confusion:
    """Pixels counted by true label (row) and found label (column)."""

    counts: npt.NDArray[np.int64] = field(
        default_factory=lambda: np.zeros((LABELS, LABELS), np.int64)
    )
    agreeing: float = 0.0
    seen: int = 0

    def add(self, truth: LabelMap, segments: Segments, visible: Mask) -> None:
        """Count one photo."""
        pairs = truth.astype(np.int64) * LABELS + segments.labels
        self.counts += np.bincount(pairs.ravel(), minlength=LABELS**2).reshape(LABELS, LABELS)
        pixels = int(visible.sum())
        self.agreeing += segments.palette_agreement * pixels
        self.seen += pixels

    def figures(self) -> dict[str, Any]:
        """Pixel accuracy, IoU by label and their mean, and palette agreement, each 0..1."""
        hits = self.counts.diagonal()
        either = self.counts.sum(axis=0) + self.counts.sum(axis=1) - hits
        # A label that neither truth nor answer holds has no IoU, and no part in the mean.
        iou = {
            name: float(hit / union)
            for name, hit, union in zip(LABEL_NAMES, hits, either, strict=True)
            if union
        }
        return {
            "pixel_accuracy": float(hits.sum() / max(int(self.counts.sum()), 1)),
            "mean_iou": float(np.mean(list(iou.values()))) if iou else 0.0,
            "iou": iou,
            "palette_agreement": self.agreeing / max(self.seen, 1),
        }


@dataclass
class PhotoFigures:
    """What one photo adds: person IoU and the primary clothes colours, found and labelled."""

    photo_id: str
    person_iou: float
    found: Shade | None
    labelled: Shade | None


class Evaluation:
    """Runs the pipeline's stages on labelled photos and sums up.

    Args:
        networks: both networks, compiled.
        naming: names colours.
        worst: keeps the photos of the worst person masks.
    """

    def __init__(self, networks: Networks, naming: Naming, worst: Worst | None = None) -> None:
        self._networks = networks
        self._naming = naming
        self._worst = worst or Worst(0)
        self._true_mask = Confusion()
        self._end_to_end = Confusion()
        self._overlap = self._union = self._no_person = 0
        self.photos: list[PhotoFigures] = []

    def run(self, folder: LabelledFolder, ids: list[str]) -> Iterator[PhotoFigures]:
        """Evaluate photo after photo; decoding runs ahead of the networks.

        Raises:
            DatasetError, StageError: a photo or its labels cannot be read.
        """

        def read(photo_id: str) -> tuple[str, Pixels, LabelMap]:
            content = folder.photo_path(photo_id).read_bytes()
            return photo_id, decode(content, MAX_PIXELS), folder.labels(photo_id)

        with ThreadPoolExecutor(1) as pool:
            for photo_id, pixels, truth in pool.map(read, ids):
                self.photos.append(self._photo(photo_id, pixels, truth))
                yield self.photos[-1]

    def _photo(self, photo_id: str, pixels: Pixels, truth: LabelMap) -> PhotoFigures:
        person = truth != BACKGROUND
        perfect = segment(grey_fill(pixels, person), person, self._networks.generator)
        self._true_mask.add(truth, perfect, person)

        subject = mask(pixels, self._networks.person) or cut_packshot(pixels)
        if subject is None:
            self._no_person += 1
            found, visible = np.zeros_like(person), np.zeros_like(person)
            segments = segment_packshot(found)
        elif subject.subject == "packshot":
            found = visible = subject.mask
            segments = segment_packshot(found)
        else:
            found, visible = subject.mask, widen(subject.mask)
            segments = segment(grey_fill(pixels, visible), visible, self._networks.generator)
        self._end_to_end.add(truth, segments, visible)
        overlap, union = int((found & person).sum()), int((found | person).sum())
        self._overlap += overlap
        self._union += union
        iou = overlap / max(union, 1)
        self._worst.add(Photo(iou, photo_id, pixels, found, person))
        return PhotoFigures(
            photo_id,
            iou,
            self._primary(pixels, segments.labels, segments.confidence),
            self._primary(pixels, truth, None),
        )

    def _primary(
        self, pixels: Pixels, labels: LabelMap, confidence: npt.NDArray[np.float32] | None
    ) -> Shade | None:
        shades = colours(pixels, labels, confidence, self._naming)[Region.CLOTHES]
        return shades[0] if shades else None

    def figures(self) -> dict[str, Any]:
        """All figures, as ``colourway evaluate --json`` prints them."""
        ious = [photo.person_iou for photo in self.photos]
        return {
            "images": len(self.photos),
            "person_iou": self._overlap / max(self._union, 1),
            "person_iou_p5": float(np.percentile(ious, 5)) if ious else 0.0,
            "true_mask": self._true_mask.figures(),
            "end_to_end": self._end_to_end.figures(),
            "colour": colour_figures(self.photos),
            "no_person": self._no_person,
        }


def colour_figures(photos: list[PhotoFigures]) -> dict[str, float | None]:
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
