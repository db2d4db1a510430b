"""How much of people's faces is hidden where heads are to be, and how much cloth with them."""

from pathlib import Path
from typing import Final

import numpy as np

from shared.settings import get_settings
from worker.analysis.networks import Networks, build_networks
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.labels.merges import merge_into, published_numbers
from worker.imaging.person.body import MeanBody, whole_body
from worker.imaging.person.head import find_head
from worker.imaging.regions import CLOTHES, HAIR, SKIN, LabelMap, Mask, Pixels
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.mask import mask
from worker.stages.segment import segment

DATASET = Path("../shared/ccp")
# Labelled skin and hair above this row of the body is taken for a face: chins lie lower.
FACE: Final = 0.11
# Fewer pixels of glasses than this are a labelling accident.
GLASSES: Final = 20
NEARLY_ALL: Final = 0.98


def main() -> None:
    """Print it for the validation split, heads found in what the networks find."""
    if not DATASET.is_dir():
        print(f"Skipped: {DATASET} is missing, the labelled photos of Clothing Co-Parsing.")
        return
    folder = LabelledFolder(DATASET)
    networks, mean = build_networks(get_settings()), MeanBody.load()
    hidden: dict[str, list[float]] = {"face": [], "glasses": [], "clothes": []}
    for photo_id in sorted(folder.held_out()):
        pixels, labels59 = folder.pair(photo_id)
        labels = merge_into(4)(labels59)
        glasses = np.isin(labels59, published_numbers("glasses"))
        head = find_head(_found(pixels, networks), mean)
        covered = np.zeros(labels.shape, np.bool_) if head is None else head.mask
        face = _face(labels)
        if face.any():
            hidden["face"].append(_share(covered, face))
        if np.count_nonzero(glasses) >= GLASSES:
            hidden["glasses"].append(_share(covered, glasses))
        hidden["clothes"].append(_share(covered, (labels == CLOTHES) & ~glasses))
    nearly_all = f"{NEARLY_ALL:.0%} and more"
    print(f"{'validation split':20}{'photos':>8}{'hidden, mean':>14}{nearly_all:>14}")
    for name, shares in hidden.items():
        full = np.mean(np.array(shares) >= NEARLY_ALL)
        print(f"{name:20}{len(shares):8}{np.mean(shares):14.1%}{full:14.1%}")


def _found(pixels: Pixels, networks: Networks) -> LabelMap:
    subject = mask(pixels, networks.person)
    if subject is None:
        return np.zeros(pixels.shape[:2], np.uint8)
    visible = widen(subject.mask)
    return segment(grey_fill(pixels, visible), visible, networks.generator).labels


def _face(labels: LabelMap) -> Mask:
    """Labelled skin and hair in the uppermost rows of a person whom no edge cuts."""
    face = np.zeros(labels.shape, np.bool_)
    body = whole_body(labels)
    if body is not None:
        rows = slice(body.box_yxyx[0], body.box_yxyx[0] + round(FACE * body.height))
        face[rows] = (labels[rows] == SKIN) | (labels[rows] == HAIR)
    return face


def _share(covered: Mask, of: Mask) -> float:
    return np.count_nonzero(covered & of) / max(np.count_nonzero(of), 1)


if __name__ == "__main__":
    main()
