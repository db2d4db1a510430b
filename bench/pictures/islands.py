"""What absorbing islands gives and costs on labelled photos, by the size up to which they go."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from shared.settings import get_settings
from worker.analysis.networks import Networks, build_networks
from worker.evaluation.confusion import Confusion
from worker.imaging.islands import absorb_islands
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.palette import UNDECIDED, nearest, threshold
from worker.imaging.regions import BACKGROUND, LabelMap, Mask, Pixels
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.mask import mask
from worker.stages.segment import Segments, paint_outfit

DATASET = Path("../shared/ccp")
EVERY: Final = 8
SHARES: Final = (0, 0.00002, 0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.004)


@dataclass
class SizeScore:
    """What one limit does; pixels and islands are those of the found mask."""

    true_mask: Confusion = field(default_factory=Confusion)
    end_to_end: Confusion = field(default_factory=Confusion)
    islands: int = 0
    mended: int = 0
    spoiled: int = 0

    def row(self, share: float, photos: int) -> str:
        """One line of the table."""
        found = self.end_to_end.figures()
        regions = "".join(f"{found['iou'][name]:9.4f}" for name in ("skin", "hair", "clothes"))
        return (
            f"{share:8.3%}{self.true_mask.figures()['mean_iou']:10.4f}{found['mean_iou']:11.4f}"
            f"{regions}{self.islands / photos:9.1f}{self.mended:9}{self.spoiled:9}"
        )


def main() -> None:
    """Print the table for every eighth training photo; the validation split stays out of it."""
    if not DATASET.is_dir():
        print(f"Skipped: {DATASET} is missing, the labelled photos of Clothing Co-Parsing.")
        return
    folder = LabelledFolder(DATASET)
    held_out = folder.held_out()
    ids = [photo_id for photo_id in folder.ids() if photo_id not in held_out][::EVERY]
    networks = build_networks(get_settings())
    scores = {share: SizeScore() for share in SHARES}
    for photo_id in ids:
        truth = folder.labels(photo_id)
        for painted, visible, true_mask in painted_twice(networks, folder.photo(photo_id), truth):
            for share, score in scores.items():
                count(score, truth, painted, visible, share, true_mask=true_mask)
    print(
        f"{len(ids)} training photos: mean IoU with the true mask; then with the mask found: mean"
    )
    print("IoU, its regions, islands a photo that go, pixels that become right, and wrong")
    print(
        f"{'limit':>8}{'true':>10}{'found':>11}{'skin':>9}{'hair':>9}{'clothes':>9}"
        f"{'islands':>9}{'right':>9}{'wrong':>9}"
    )
    for share, score in scores.items():
        print(score.row(share, len(ids)))


def painted_twice(
    networks: Networks, pixels: Pixels, truth: LabelMap
) -> Iterator[tuple[LabelMap, Mask, bool]]:
    """Labels as painted, islands and all, with the true mask and with the one found, if any."""
    subject = mask(pixels, networks.person)
    masks = [(truth != BACKGROUND, True)]
    if subject is not None:
        masks.append((widen(subject.mask), False))
    for visible, true_mask in masks:
        painting, _ = paint_outfit(grey_fill(pixels, visible), visible, networks.generator)
        ranged = threshold(painting)
        painted = np.where(ranged == UNDECIDED, nearest(painting), ranged)
        yield painted * visible.view(np.uint8), visible, true_mask


def count(
    score: SizeScore,
    truth: LabelMap,
    painted: LabelMap,
    visible: Mask,
    share: float,
    *,
    true_mask: bool,
) -> None:
    """Add one photo to a limit's tally."""
    labels = absorb_islands(painted, visible, share * truth.size)
    segments = Segments(labels, painted, np.ones(truth.shape, np.float32), 1.0)
    (score.true_mask if true_mask else score.end_to_end).add(truth, segments, visible)
    if not true_mask:
        changed = labels != painted
        score.islands += cv2.connectedComponents(changed.view(np.uint8))[0] - 1
        score.mended += int(np.count_nonzero(changed & (labels == truth)))
        score.spoiled += int(np.count_nonzero(changed & (painted == truth)))


if __name__ == "__main__":
    main()
