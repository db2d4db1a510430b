"""Patterns: what a shopper would call a cloth, on drawn garments and on pieces of photos.

usage: python -m bench.pictures.patterns [--drawn N] [--training]

Garments of odd seeds are drawn, which none was learned from. Pieces are those of the validation
split whose pattern somebody told by eye (``--training``: those that were learned from).
"""

import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from bench.colours.scope import DATASET, shown
from bench.patterns.drawings import DRAWINGS
from bench.patterns.garments import garment
from bench.patterns.pieces import labelled_pieces
from shared.colour.cielab import delta_e2000, rgb_to_lab
from shared.colour.naming import Naming
from shared.contracts.results import Pattern, Region
from worker.imaging.colours.sample import working_picture
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.patterns.table import KINDS
from worker.imaging.regions import BACKGROUND, CLOTHES, Mask, Pixels
from worker.stages.colours import colours
from worker.stages.patterns import Patterned, patterned


class Case(NamedTuple):
    """What a cloth is, what it was called, and the processor time that took in milliseconds."""

    truth: Pattern
    found: Pattern
    spent_ms: float
    draw: str


class GroundCase(NamedTuple):
    """Whether the ground of a drawn pattern was told, and was the right colour."""

    is_told: bool
    is_right: bool


def main() -> None:
    """Print two tables of confusion, the share of right grounds, and the time."""
    parser = ArgumentParser(prog="python -m bench.pictures.patterns", description=__doc__)
    parser.add_argument("--drawn", type=int, default=15, help="garments of each pattern")
    parser.add_argument("--training", action="store_true", help="pieces that were learned from")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    naming = Naming.load()
    drawn, grounds = _drawn(given.drawn, naming)
    _tell("drawn garments", drawn)
    told = [each for each in grounds if each.is_told]
    right = sum(each.is_right for each in told)
    print(f"ground told of {len(told)} of {len(grounds)} patterned; the right colour: {right}")
    cases = list(drawn)
    if DATASET.is_dir():
        pieces = _pieces(LabelledFolder(DATASET), naming, held_out=not given.training)
        cases += pieces
        which = "training photos" if given.training else "the validation split"
        _tell(f"pieces of {which}", pieces)
        _tell("of these, drawn by lot", [case for case in pieces if case.draw == "random"])
    else:
        print(f"Skipped: {DATASET} is missing, the labelled photos of Clothing Co-Parsing.")
    spent = [case.spent_ms for case in cases]
    print(
        f"processor time: median {np.median(spent):.1f} ms, 95 % {np.percentile(spent, 95):.1f} ms"
    )


def _drawn(count: int, naming: Naming) -> tuple[list[Case], list[GroundCase]]:
    cases: list[Case] = []
    grounds: list[GroundCase] = []
    for pattern in DRAWINGS:
        for seed in shown(range(1, 2 * count, 2), pattern):
            drawn = garment(pattern, seed)
            found, spent_ms = _found(drawn.pixels, drawn.mask, naming)
            cases.append(Case(pattern, found.pattern or Pattern.PLAIN, spent_ms, "drawn"))
            ahead = drawn.shares[0] > max(drawn.shares[1:], default=1.0)
            if ahead and pattern is not Pattern.PLAIN:
                grounds.append(_ground(found, rgb_to_lab(drawn.colours[0])))
    return cases, grounds


def _ground(found: Patterned, truth: np.ndarray) -> GroundCase:
    labs = [shade.lab for shade in found.shades if shade.role == "ground"]
    print_labs = [shade.lab for shade in found.shades if shade.role == "print"]
    if not labs or not print_labs:
        return GroundCase(False, False)
    # Light moves both; the ground is right where its colour is nearer than the print's.
    nearest = min(float(delta_e2000(np.array(lab), truth)) for lab in labs)
    other = min(float(delta_e2000(np.array(lab), truth)) for lab in print_labs)
    return GroundCase(True, nearest < other)


def _pieces(folder: LabelledFolder, naming: Naming, *, held_out: bool) -> list[Case]:
    cases: list[Case] = []
    for piece in labelled_pieces(folder, held_out=held_out):
        found, spent_ms = _found(piece.pixels, piece.mask, naming)
        cases.append(Case(piece.pattern, found.pattern or Pattern.PLAIN, spent_ms, piece.draw))
    return cases


def _found(pixels: Pixels, mask: Mask, naming: Naming) -> tuple[Patterned, float]:
    labels = np.where(mask, CLOTHES, BACKGROUND).astype(np.uint8)
    working = working_picture(pixels, labels)
    shades = colours(working, naming)[Region.CLOTHES]
    started = time.process_time()
    found = patterned(working, shades)
    return found, 1000 * (time.process_time() - started)


def _tell(title: str, cases: Sequence[Case]) -> None:
    """Print truth by answer, and what matters of it."""
    print(f"\n{title + ' (rows: truth)':36}" + "".join(f"{kind[:8]:>9}" for kind in KINDS))
    pairs = Counter((case.truth, case.found) for case in cases)
    for truth in KINDS:
        row = [pairs[truth, found] for found in KINDS]
        if sum(row):
            print(f"{truth:36}" + "".join(f"{number or '':>9}" for number in row))
    plain = [case for case in cases if case.truth is Pattern.PLAIN]
    others = [case for case in cases if case.truth is not Pattern.PLAIN]
    seen = [case for case in others if case.found is not Pattern.PLAIN]
    false = sum(case.found is not Pattern.PLAIN for case in plain)
    right = sum(case.found is case.truth for case in seen)
    print(f"plain called patterned: {false} of {len(plain)} ({false / max(len(plain), 1):.1%})")
    print(f"patterns seen: {len(seen)} of {len(others)} ({len(seen) / max(len(others), 1):.1%})")
    print(f"of those the right kind: {right} ({right / max(len(seen), 1):.1%})")


if __name__ == "__main__":
    main()
