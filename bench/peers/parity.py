"""Ours against the original Mask R-CNN: same weights, same pictures, stage by stage.

usage: python -m bench.peers.parity [--quick]     (`make parity` sets everything up first)
"""

import argparse
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from bench.peers import original
from bench.peers.original import Case
from worker.networks.compiled import Compiled
from worker.networks.mask_rcnn.config import COCO
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.networks.mask_rcnn.released.folding import fold
from worker.networks.mask_rcnn.released.weights_file import load_weights_file
from worker.networks.tensors import ops

PICTURES: Final = 2
AIM: Final = 1e-4
"""Largest error of a stage before suppression, as a share of the stage's largest number."""

STAGES: Final = ("P2", "P3", "P4", "P5", "P6", "rpn class", "rpn box", "class", "box", "mask")
CASES: Final = tuple(
    Case(backbone, size, classes)
    for backbone in ("resnet50", "resnet101")
    for classes in (2, 81)
    for size in (256, 512, 1024)
)
Array = npt.NDArray[Any]
Stages = dict[str, Array]


@dataclass
class Agreement:
    """What one case's pictures came to.

    ``errors`` holds the largest error of each stage. The three others count those of the original's
    that ours repeats, and all of the original's: its proposals; its detections when ours starts
    from its proposals; its detections end to end.
    """

    errors: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    proposals: tuple[int, int] = (0, 0)
    detections: tuple[int, int] = (0, 0)
    end_to_end: tuple[int, int] = (0, 0)

    def note(self, stage: str, theirs: Array, ours: Array) -> None:
        """Take a stage's error into account; another shape is an error without bounds."""
        error = np.inf
        if theirs.shape == ours.shape:
            error = float(np.abs(theirs - ours).max() / max(float(np.abs(theirs).max()), 1e-12))
        self.errors[stage] = max(self.errors[stage], error)

    @property
    def good(self) -> bool:
        """Whether every stage keeps to the aim and every detection is the same."""
        same = self.detections[0] == self.detections[1] > 0
        return same and max(self.errors.values()) <= AIM


@dataclass(frozen=True)
class Result:
    """One case: ours as loaded, ours with batch norm folded, and the original against itself."""

    case: Case
    loaded: Agreement
    folded: Agreement
    control: tuple[int, int] | None


def main() -> int:
    """Print the table; 1 when a case misses the aims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only the smallest pictures")
    parser.add_argument(
        "--control",
        action="store_true",
        help="count what the original repeats of itself, summed in another order, as well",
    )
    arguments = parser.parse_args()
    cases = [case for case in CASES if not arguments.quick or case.size == 256]
    found: list[Result] = []
    for case in cases:
        print(f"{case.backbone}, {case.size} px, {case.classes - 1} classes", file=sys.stderr)
        folder = original.draw_pictures(case.size, PICTURES)
        theirs = original.stages(case, folder)
        loaded, folded = (compare(case, folder, theirs, folding) for folding in (False, True))
        again = control(case, folder, theirs) if arguments.control else None
        found.append(Result(case, loaded, folded, again))
    Console(width=200).print(table(found))
    return 0 if all(result.loaded.good for result in found) else 1


def compare(case: Case, folder: Path, theirs: Stages, folding: bool) -> Agreement:
    """Run ours on the pictures that the original saw."""
    keras.backend.clear_session()
    see = our_stages(case, folding)
    agreement = Agreement()
    for index, picture in enumerate(original.read_pictures(folder)):
        named = of_picture(theirs, index)
        regions, found = named["proposals"], named["detections"][:, :4]
        ours = see(picture[None], regions.reshape(1, -1), found.reshape(1, -1))
        compare_picture(agreement, named, {name: values[0] for name, values in ours.items()})
    return agreement


def control(case: Case, folder: Path, theirs: Stages) -> tuple[int, int]:
    """Detections that the original repeats when its convolutions sum in another order."""
    again = original.stages(case, folder, {"TF_ENABLE_ONEDNN_OPTS": "0"})
    counts = (0, 0)
    for index in range(PICTURES):
        rows = of_picture(again, index)["detections"]
        counts = plus(counts, repeated(real(of_picture(theirs, index)["detections"]), real(rows)))
    return counts


def of_picture(stages: Stages, index: int) -> Stages:
    """The stages of one picture, by their own names."""
    mine = f"p{index}/"
    return {n.removeprefix(mine): values for n, values in stages.items() if n.startswith(mine)}


def our_stages(case: Case, folding: bool) -> Compiled[Stages]:
    """Our network as one graph that gives every stage of a picture, uint8 (1, H, W, 3).

    Heads look where the original's looked: its proposals and its detections are inputs.
    """
    size = (case.size, case.size)
    config = replace(
        COCO, backbone=case.backbone, size_hw=size, classes=case.classes, min_score=case.min_score
    )
    network = MaskRcnn(config)
    load_weights_file(network, case.weights)
    if folding:
        network = fold(network)

    def stages(canvases: Any, flat_regions: Any, flat_boxes: Any) -> dict[str, Any]:
        levels = network.levels(network.prepare(canvases))
        logits, deltas = network.rpn(levels)
        regions = ops.reshape(flat_regions, (-1, config.proposals, 4))
        classes, boxes = network.classify(levels, regions)
        masks = network.masks(levels, ops.reshape(flat_boxes, (-1, config.detections, 4)))
        return {f"P{level}": features for level, features in levels.items()} | {
            "rpn_class": ops.softmax(logits),
            "rpn_bbox": deltas,
            "proposals": network.propose(logits, deltas),
            "mrcnn_class": ops.softmax(classes),
            "mrcnn_bbox": boxes,
            "masks": ops.sigmoid(masks),
            "detections": rows(network.refine(levels, regions)),
            "end_to_end": rows(network.find(levels)),
        }

    return Compiled(stages, size, (4 * config.proposals, 4 * config.detections))


def rows(found: dict[str, Any]) -> Any:
    """Detections as the original lists them: box, class, score."""
    classes = ops.cast(found["classes"], "float32")
    others = ops.stack([classes, found["scores"]], axis=-1)
    return ops.concatenate([found["boxes"], others], axis=-1)


def compare_picture(agreement: Agreement, theirs: Stages, ours: Stages) -> None:
    """Compare stage by stage what both make of one picture."""
    for level in ("P2", "P3", "P4", "P5", "P6"):
        agreement.note(level, theirs[level], ours[level])
    agreement.note("rpn class", theirs["rpn_class"], ours["rpn_class"])
    agreement.note("rpn box", theirs["rpn_bbox"], ours["rpn_bbox"])
    agreement.note("class", theirs["mrcnn_class"], ours["mrcnn_class"])
    agreement.note("box", theirs["mrcnn_bbox"], ours["mrcnn_bbox"])
    shown = theirs["detections"][:, 4] > 0
    agreement.note("mask", theirs["masks"][shown], ours["masks"][shown])
    agreement.proposals = plus(
        agreement.proposals, repeated(theirs["proposals"], ours["proposals"])
    )
    wanted = real(theirs["detections"])
    agreement.detections = plus(agreement.detections, repeated(wanted, real(ours["detections"])))
    agreement.end_to_end = plus(agreement.end_to_end, repeated(wanted, real(ours["end_to_end"])))


def real(detections: Array) -> Array:
    """Rows that are no padding and have an area: the original drops others when it pastes masks."""
    area = np.prod(detections[:, 2:4] - detections[:, :2], axis=1)
    return detections[(detections[:, 4] > 0) & (area > 0)]


def repeated(wanted: Array, found: Array) -> tuple[int, int]:
    """How many rows stand in ``found`` as well, every number within the aim; and all of them.

    Whatever their order: two scores that differ by a rounding error may swap places.
    """
    if not len(wanted) or not len(found):
        return 0, len(wanted)
    distance = np.abs(wanted[:, None] - found[None]).max(axis=-1)
    return int((distance.min(axis=1) < AIM).sum()), len(wanted)


def plus(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """Sums of both."""
    return one[0] + two[0], one[1] + two[1]


def table(found: list[Result]) -> Table:
    """One row a case."""
    columns = ("network", "px", "classes", *STAGES, "proposals", "detections", "end to end")
    title = f"Largest error of a stage / its largest number (aim {AIM:g})"
    shown = Table(*columns, "folded", "end to end", "control", "", title=title)
    for result in found:
        case, loaded, folded = result.case, result.loaded, result.folded
        counts = (loaded.proposals, loaded.detections, loaded.end_to_end)
        shown.add_row(
            case.backbone,
            str(case.size),
            str(case.classes - 1),
            *(f"{loaded.errors[stage]:.0e}" for stage in STAGES),
            *("{}/{}".format(*count) for count in counts),
            f"{max(folded.errors.values()):.0e}",
            "{}/{}".format(*folded.end_to_end),
            "{}/{}".format(*result.control) if result.control else "",
            "same" if loaded.good else "DIFFERS",
        )
    return shown


if __name__ == "__main__":
    sys.exit(main())
