"""How well a generator paints: by region and by class, with the true mask and the found one.

Classes are read off the painting alone, without the clean-up that production adds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from worker.evaluation.confusion import Confusion
from worker.imaging.box import fit_box, part, subject_box
from worker.imaging.canvas import from_canvas, onto_canvas
from worker.imaging.labels.merges import PARTS, Merge
from worker.imaging.palette import UNDECIDED
from worker.imaging.part_shares import PartShares
from worker.imaging.regions import BACKGROUND, LabelMap, Mask, Pixels
from worker.networks.compiled import Compiled
from worker.networks.pix2pix.generator import OutfitPainting
from worker.stages.grey_fill import widen
from worker.stages.segment import Segments
from worker.training.data.examples import TrainingExample
from worker.training.data.fills import Fill
from worker.training.wide_palette import WidePalette

Generator = Compiled[npt.NDArray[np.uint8]]
PICTURED: Final = 2


@dataclass
class Scores:
    """What a generator reached on labelled photos.

    Attributes:
        true_mask: regions, the photo filled by its labels.
        end_to_end: regions, the photo filled by the found mask, widened.
        classes: int64 (classes, classes), pixels by true and painted class, end to end.
        pictures: of some photos: photo, painting, painting end to end, painted labels.
    """

    classes: npt.NDArray[np.int64]
    true_mask: Confusion = field(default_factory=Confusion)
    end_to_end: Confusion = field(default_factory=Confusion)
    pictures: list[Pixels] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """IoU of regions and of classes, each 0..1; classes that no photo shows are left out."""
        found = self.end_to_end.figures()
        either = self.classes.sum(axis=0) + self.classes.sum(axis=1) - self.classes.diagonal()
        shown = self.classes.sum(axis=1) > 0
        return {
            "mean_iou": self.true_mask.figures()["mean_iou"],
            "found_mean_iou": found["mean_iou"],
            **{f"found_{name}": value for name, value in found["iou"].items()},
            "found_classes": float((self.classes.diagonal()[shown] / either[shown]).mean()),
            "found_agreement": found["palette_agreement"],
        }


def score(
    generator: Generator,
    examples: Iterable[TrainingExample],
    palette: WidePalette,
    merge: Merge,
    fill: Fill,
) -> Scores:
    """Paint labelled photos and compare.

    Args:
        generator: canvases in, paintings out, compiled.
        examples: with the person as the person network found it, where it was asked.
        palette: what the generator paints in.
        merge: what the classes are.
        fill: what hides the background.
    """
    scores = Scores(np.zeros((len(merge.names), len(merge.names)), np.int64))
    for example in examples:
        truth, person = example.labels, example.labels != BACKGROUND
        regions = merge.regions[truth]
        perfect = _paint(generator, fill(example.pixels, person), palette, person)
        scores.true_mask.add(regions, perfect.segments(merge), person)
        visible = person if example.found is None else widen(example.found)
        found = _paint(generator, fill(example.pixels, visible), palette, visible)
        scores.end_to_end.add(regions, found.segments(merge), visible)
        pairs = truth.astype(np.int64) * len(merge.names) + found.classes
        counts = np.bincount(pairs.ravel(), minlength=scores.classes.size)
        scores.classes += counts.reshape(scores.classes.shape)
        if len(scores.pictures) < 4 * PICTURED:
            scores.pictures += [
                example.pixels,
                perfect.painting,
                found.painting,
                palette.paint(truth),
            ]
    return scores


def score_parts(
    painter: Compiled[OutfitPainting], examples: Iterable[TrainingExample], fill: Fill
) -> dict[str, float]:
    """Mean IoU of the parts of outfits that the photos show, with the found mask.

    Args:
        painter: knows garments, compiled.
        examples: of 14 classes, with the person as the person network found it.
        fill: what hides the background.
    """
    counts = np.zeros((len(PARTS), len(PARTS)), np.int64)
    for example in examples:
        visible = example.labels > BACKGROUND if example.found is None else widen(example.found)
        filled, box = fill(example.pixels, visible), subject_box(visible)
        fit = fit_box(box, painter.size_hw)
        shares = painter(onto_canvas(part(filled, box), fit)[None])["parts"][0]
        painted = PartShares(shares, box, fit).most()
        pairs = part(example.labels, box).astype(np.int64) * len(PARTS) + painted
        pairs = pairs[part(visible, box)]
        counts += np.bincount(pairs, minlength=counts.size).reshape(counts.shape)
    either = counts.sum(axis=0) + counts.sum(axis=1) - counts.diagonal()
    shown = counts.sum(axis=1) > 0
    ious = {name: counts[i, i] / either[i] for i, name in enumerate(PARTS) if shown[i]}
    return {
        "found_parts": float(np.mean(list(ious.values()))),
        **{f"part_{name}": float(value) for name, value in ious.items()},
    }


@dataclass(frozen=True)
class _Reading:
    """A painting at the photo's size, RGB uint8 (H, W, 3), and what was read off it."""

    painting: Pixels
    classes: LabelMap
    agreement: float

    def segments(self, merge: Merge) -> Segments:
        sure = np.ones(self.classes.shape, np.float32)
        return Segments(merge.regions[self.classes], self.painting, sure, self.agreement)


def _paint(generator: Generator, filled: Pixels, palette: WidePalette, visible: Mask) -> _Reading:
    box = subject_box(visible)
    fit = fit_box(box, generator.size_hw)
    painting = np.zeros_like(filled)
    painted = generator(onto_canvas(part(filled, box), fit)[None])[0]
    part(painting, box)[:] = from_canvas(painted, fit)
    ranged, closest = palette.threshold(painting), palette.nearest(painting)
    classes = np.where(ranged == UNDECIDED, closest, ranged)
    classes[~visible] = BACKGROUND
    agreement = float((ranged == closest)[visible].mean()) if visible.any() else 1.0
    return _Reading(painting, classes, agreement)
