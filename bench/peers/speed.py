"""Ours against the original Mask R-CNN in seconds a picture: same weights, picture and machine.

usage: python -m bench.peers.speed [--rounds N]     (`make parity-speed` sets everything up first)
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bench.peers import original
from bench.peers.original import Case
from bench.peers.parity import Stages, our_stages
from shared.settings import get_settings
from worker.analysis.networks import build_finder
from worker.networks.compiled import Compiled
from worker.networks.mask_rcnn.config import COCO
from worker.networks.mask_rcnn.finder import SubjectFinder
from worker.networks.mask_rcnn.network import CANVAS, MaskRcnn
from worker.networks.mask_rcnn.released.folding import fold
from worker.networks.mask_rcnn.released.weights_file import load_weights_file
from worker.networks.precision import Trained, computing_in

CASE: Final = Case("resnet101", 1024, 81)
"""The released network at its own size; no score is too low, so all 100 masks are made."""

CASE_HW: Final = (CASE.size, CASE.size)
PRECISIONS: Final[tuple[Trained, ...]] = ("float32", "bfloat16")
Arrays = dict[str, npt.NDArray[Any]]


def main() -> None:
    """Time the original, ours in each precision, and the original again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each, after a first one")
    rounds = parser.parse_args().rounds
    folder = original.draw_pictures(CASE.size, 1)
    picture = original.read_pictures(folder)
    before = original.time(CASE, folder, rounds)
    networks = {precision: coco_network(precision) for precision in PRECISIONS}
    ours: dict[str, float] = {}
    windows = np.array([CANVAS], np.float32)
    for precision, network in networks.items():
        detect: Compiled[Arrays] = Compiled(network.detect, CASE_HW, (4,))
        ours[f"coco, {precision}, everything"] = best(partial(detect, picture, windows), rounds)
        finder = SubjectFinder.of(network)
        ours[f"coco, {precision}, the subject"] = best(partial(finder, [picture[0]]), rounds)
    for precision in PRECISIONS:
        with computing_in(precision):
            finder, _ = build_finder(get_settings(person_network="person"))
        ours[f"person, {precision}, the subject"] = best(partial(finder, [picture[0]]), rounds)
    after = original.time(CASE, folder, rounds)
    tell(before, after, ours)
    tell_agreement(picture)


def coco_network(precision: Trained) -> MaskRcnn:
    """Our network with the original's weights, batch norm folded."""
    config = replace(COCO, size_hw=CASE_HW, classes=CASE.classes, min_score=CASE.min_score)
    network = MaskRcnn(config)
    load_weights_file(network, CASE.weights)
    with computing_in(precision):
        return fold(network)


def best(call: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest of some calls, after one that compiles."""
    call()
    times: list[float] = []
    for _ in range(rounds):
        started = perf_counter()
        call()
        times.append(perf_counter() - started)
    print(f"  {', '.join(f'{seconds:.2f}' for seconds in times)}", flush=True)
    return min(times)


def tell(before: dict[str, Any], after: dict[str, Any], ours: dict[str, float]) -> None:
    """Print seconds and ratios; the original counts at its fastest, before or after ours."""
    theirs = {
        name: min(before[f"{name}_s"]["min"], after[f"{name}_s"]["min"])
        for name in ("predict", "detect")
    }
    print(f"{CASE.backbone}, {CASE.size} px, {CASE.classes} classes, 100 detections")
    for name, seconds in theirs.items():
        print(f"the original, {name + '()':31} {seconds:7.3f} s")
    for name, seconds in ours.items():
        ratio = theirs["predict"] / seconds
        print(f"ours, {name:38} {seconds:7.3f} s  {ratio:6.1f} x the original's predict()")
    for precision in PRECISIONS:
        person = ours[f"person, {precision}, the subject"]
        for what in ("everything", "the subject"):
            ratio = ours[f"coco, {precision}, {what}"] / person
            print(f"person, {precision}: {ratio:.1f} x as fast as coco for {what}")


def tell_agreement(picture: npt.NDArray[np.uint8]) -> None:
    """Print what bfloat16 makes of the regions and boxes that float32 found."""
    see: dict[Trained, Compiled[Stages]] = {}
    for precision in PRECISIONS:
        with computing_in(precision):
            see[precision] = our_stages(CASE, folding=True)
    nowhere = [np.zeros((1, length), np.float32) for length in see["float32"].rows]
    regions = see["float32"](picture, *nowhere)["proposals"].reshape(1, -1)
    found = see["float32"](picture, regions, nowhere[1])["detections"][0]
    boxes = found[:, :4].reshape(1, -1)
    exact, rounded = (see[precision](picture, regions, boxes) for precision in PRECISIONS)
    for level in ("P2", "P5"):
        error = np.abs(exact[level] - rounded[level].astype(np.float32)).mean()
        print(
            f"bfloat16, {level}: mean error {error / np.abs(exact[level]).mean():.1%} of the mean"
        )
    one, two = (stages["mrcnn_class"][0].argmax(axis=-1) for stages in (exact, rounded))
    print(f"bfloat16, class of the same region: the same for {(one == two).mean():.1%}")
    overlaps = [
        overlap(exact["masks"][0, i, :, :, c] >= 0.5, rounded["masks"][0, i, :, :, c] >= 0.5)
        for i, c in enumerate(found[:, 4].astype(int))
        if c
    ]
    middle, low = np.percentile(overlaps, (50, 5))
    print(f"bfloat16, mask of the same box: IoU {middle:.3f} in the median, {low:.3f} at 5 %")


def overlap(one: npt.NDArray[np.bool_], two: npt.NDArray[np.bool_]) -> float:
    """Intersection over union of two masks; 1 where both are empty."""
    union = int((one | two).sum())
    return int((one & two).sum()) / union if union else 1.0


if __name__ == "__main__":
    main()
