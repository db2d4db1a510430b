"""What a labelled folder holds: photos and pixels of every class."""

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from worker.imaging.labels.merges import Merge
from worker.imaging.regions import BACKGROUND, LABEL_NAMES

Split = Literal["train", "validation"]


class ClassCounts:
    """Counts label map after label map.

    Args:
        merge: the classes to count.
    """

    def __init__(self, merge: Merge) -> None:
        self.merge = merge
        classes = len(merge.names)
        self.photos = dict.fromkeys(get_args(Split), 0)
        self._showing = {split: np.zeros(classes, np.int64) for split in self.photos}
        self._pixels = np.zeros(classes, np.int64)

    def add(self, labels59: npt.NDArray[np.uint8], split: Split) -> None:
        """Count one photo's published labels, uint8 (H, W)."""
        pixels = np.bincount(self.merge(labels59).ravel(), minlength=len(self.merge.names))
        self.photos[split] += 1
        self._showing[split] += pixels > 0
        self._pixels += pixels

    def figures(self) -> list[dict[str, Any]]:
        """One entry a class, in the order of the classes.

        ``share_of_photos`` and ``share_of_person`` are 0..1; the background has no share of the
        person.
        """
        photos = sum(self.photos.values())
        person = int(self._pixels[self.merge.regions != BACKGROUND].sum())
        showing = self._showing["train"] + self._showing["validation"]
        return [
            {
                "name": name,
                "region": LABEL_NAMES[self.merge.regions[label]],
                "photos": int(showing[label]),
                **{split: int(counts[label]) for split, counts in self._showing.items()},
                "share_of_photos": int(showing[label]) / max(photos, 1),
                "share_of_person": int(self._pixels[label]) / max(person, 1)
                if self.merge.regions[label] != BACKGROUND
                else None,
                "pixels": int(self._pixels[label]),
            }
            for label, name in enumerate(self.merge.names)
        ]
