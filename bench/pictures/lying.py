"""Clothes that nobody wears: how many are found on grounds that are not plain, and how many false.

Garments are cut from labelled photos and laid on made-up beds, floors and walls; pictures without
clothes are parts of the same photos beside the person.
usage: python -m bench.pictures.lying [--training]
"""

import sys

import numpy as np

from bench.colours.scope import Scope, shown
from shared.settings import get_settings
from worker.analysis.networks import build_networks
from worker.imaging.labels.merges import merge_into
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import BACKGROUND, LabelMap, Pixels
from worker.stages.lying import find_lying
from worker.training.data.boxes import undressed
from worker.training.data.examples import TrainingExample

LEAST_SIDE = 96  # pixels of a picture without clothes


def main(arguments: list[str]) -> int:
    """Print how many lying garments are found, how well, and how many pictures fool it."""
    scope = Scope("--training" in arguments)
    photos = scope.photos()
    if photos is None:
        return 0
    folder, ids = photos
    garments = build_networks(get_settings()).garments
    overlaps: list[float] = []
    missed = beside = fooled = 0
    for number, photo_id in enumerate(shown(ids, "photos")):
        pixels, labels59 = folder.pair(photo_id)
        labels = merge_into(14)(labels59)
        picture, truth = _laid(pixels, labels, number)
        found = find_lying(picture, garments)
        if found is None:
            missed += 1
        else:
            mask, garment = found.subject.mask, truth != BACKGROUND
            overlaps.append(np.count_nonzero(mask & garment) / np.count_nonzero(mask | garment))
        for part in _beside(pixels, labels):
            beside += 1
            fooled += find_lying(part, garments) is not None
    print(f"{len(ids)} photos ({scope.which})")
    print(f"lying garments found: {len(overlaps)} of {len(overlaps) + missed}")
    print(f"overlap (IoU): median {np.median(overlaps):.3f}, 10th percentile ", end="")
    print(f"{np.percentile(overlaps, 10):.3f}")
    print(f"taken for clothes: {fooled} of {beside} pictures without clothes")
    return 0


def _laid(pixels: Pixels, labels: LabelMap, seed: int) -> tuple[Pixels, LabelMap]:
    nobody = np.zeros(labels.shape, np.bool_)
    shown_ = undressed(
        TrainingExample(pixels, labels, True, nobody, None), np.random.default_rng(seed)
    )
    return shown_.pixels, shown_.labels


def _beside(pixels: Pixels, labels: LabelMap) -> list[Pixels]:
    """What of a photo lies to the left and to the right of everything that is labelled."""
    box = box_of_mask(labels != BACKGROUND)
    if box is None:
        return [pixels]
    sides = [pixels[:, : box[1]], pixels[:, box[3] :]]
    return [np.ascontiguousarray(side) for side in sides if side.shape[1] >= LEAST_SIDE]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
