"""How well regions were found: pixels counted by what they are and what they were taken for.

Intersection over union is pooled: intersections and unions are summed over all pixels of all
photos, each at its own size, and divided once.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from worker.imaging.regions import LABEL_NAMES, LabelMap, Mask
from worker.stages.segment import Segments

LABELS: Final = len(LABEL_NAMES)
Counts = npt.NDArray[np.int64]


@dataclass
class Confusion:
    """Pixels counted by true label (row) and found label (column)."""

    counts: Counts = field(default_factory=lambda: np.zeros((LABELS, LABELS), np.int64))
    agreeing: float = 0.0
    seen: int = 0

    def add(self, truth: LabelMap, segments: Segments, visible: Mask) -> None:
        """Count one photo."""
        pairs = truth.astype(np.int64) * LABELS + segments.labels
        self.counts += np.bincount(pairs.ravel(), minlength=LABELS**2).reshape(LABELS, LABELS)
        pixels = int(visible.sum())
        self.agreeing += segments.palette_agreement * pixels
        self.seen += pixels

    def __iadd__(self, other: Self) -> Self:
        """Count what another has counted as well."""
        self.counts += other.counts
        self.agreeing += other.agreeing
        self.seen += other.seen
        return self

    def hits_and_unions(self) -> tuple[Counts, Counts]:
        """Numerators and denominators of IoU, int64 (labels,) each."""
        hits = self.counts.diagonal()
        return hits, self.counts.sum(axis=0) + self.counts.sum(axis=1) - hits

    def figures(self) -> dict[str, Any]:
        """Pixel accuracy; IoU, recall and precision by label; mean IoU; palette agreement.

        All are 0..1. A label that neither truth nor answer holds has no IoU and no part in the
        mean; one that the truth lacks has no recall, one that the answer lacks no precision.
        """
        hits, either = self.hits_and_unions()
        iou = _ratios(hits, either)
        return {
            "pixel_accuracy": float(hits.sum() / max(int(self.counts.sum()), 1)),
            "mean_iou": float(np.mean(list(iou.values()))) if iou else 0.0,
            "iou": iou,
            "recall": _ratios(hits, self.counts.sum(axis=1)),
            "precision": _ratios(hits, self.counts.sum(axis=0)),
            "palette_agreement": self.agreeing / max(self.seen, 1),
        }


def _ratios(hits: Counts, of: Counts) -> dict[str, float]:
    return {
        name: float(hit / total)
        for name, hit, total in zip(LABEL_NAMES, hits, of, strict=True)
        if total
    }
