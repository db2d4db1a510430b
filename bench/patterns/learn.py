"""Learn the table of patterns from drawn garments and labelled pieces, and write it.

usage: python -m bench.patterns.learn [--drawn N] [--out CSV]

Pieces of training photos and garments of even seeds are learned from. Real pieces count more: a
drawing is no photo, but there are patterns that the photos hardly show.
"""

import csv
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import cv2
import numpy as np
from scipy import optimize

from bench.colours.scope import DATASET, shown
from bench.patterns.drawings import DRAWINGS
from bench.patterns.garments import garment
from bench.patterns.measured import measured
from bench.patterns.pieces import labelled_pieces
from shared.colour.naming import Naming
from shared.contracts.results import Pattern
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.patterns.features import Features
from worker.imaging.patterns.table import ALWAYS, KINDS, WEIGHTS_FILE, Floats, PatternTable

DRAWN: Final = 16
"""Garments of each pattern; of plain ones twice as many."""

REAL: Final = 4.0
"""How often a real piece counts."""

TIES: Final = 10.0
"""How strongly weights are held near 0."""


class Sample(NamedTuple):
    """What is measured of a piece, what pattern it has, and how much it counts."""

    features: Features
    pattern: Pattern
    weight: float


def drawn_samples(count: int, first: int) -> list[Sample]:
    """Garments of every second seed from ``first`` on."""
    naming, found = Naming.load(), list[Sample]()
    for pattern in DRAWINGS:
        times = 2 * count if pattern is Pattern.PLAIN else count
        for seed in shown(range(first, first + 2 * times, 2), pattern):
            drawn = garment(pattern, seed)
            features = measured(drawn.pixels, drawn.mask, naming)
            if features is not None:
                found.append(Sample(features, pattern, 1.0))
    return found


def real_samples(folder: LabelledFolder) -> list[Sample]:
    """Labelled pieces of training photos."""
    naming, found = Naming.load(), list[Sample]()
    for piece in labelled_pieces(folder, held_out=False):
        features = measured(piece.pixels, piece.mask, naming)
        if features is not None:
            found.append(Sample(features, piece.pattern, REAL))
    return found


def fitted(samples: Sequence[Sample]) -> PatternTable:
    """Fit a multinomial logistic regression with a ridge; the row ``always`` is free of it."""
    names = tuple(samples[0].features)
    many = np.array([[sample.features[name] for name in names] for sample in samples])
    loud = np.array([sample.weight for sample in samples])
    mean = np.average(many, axis=0, weights=loud)
    spread = np.sqrt(np.average((many - mean) ** 2, axis=0, weights=loud)) + 1e-6
    shape = (len(names) + 1, len(KINDS))
    table = PatternTable(names, mean, spread, np.zeros(shape))
    inputs = table.inputs(many)
    right = np.array([[sample.pattern is kind for kind in KINDS] for sample in samples], float)
    tied = np.ones(shape)
    tied[-1] = 0

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(shape)
        scores = inputs @ weights
        scores -= scores.max(axis=1, keepdims=True)
        log_odds = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        missed = -(loud * (right * log_odds).sum(axis=1)).sum()
        slope = inputs.T @ (loud[:, None] * (np.exp(log_odds) - right)) + 2 * TIES * tied * weights
        return float(missed + TIES * (tied * weights**2).sum()), slope.ravel()

    found = cast("Any", optimize).minimize(
        loss, np.zeros(int(np.prod(shape))), jac=True, method="L-BFGS-B"
    )
    weights = cast("Floats", found.x).reshape(shape)
    return PatternTable(names, mean, spread, weights)


def write(table: PatternTable, path: Path) -> None:
    """Write the table as CSV, three decimals a number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("feature", "mean", "spread", *KINDS))
        scales = [*zip(table.mean, table.spread, strict=True), ("", "")]
        names = (*table.features, ALWAYS)
        for name, scale, weights in zip(names, scales, table.weights, strict=True):
            numbers = (each if isinstance(each, str) else f"{each:.4f}" for each in scale)
            writer.writerow((name, *numbers, *(f"{each:.3f}" for each in weights)))


def main() -> None:
    """Learn and write."""
    parser = ArgumentParser(prog="python -m bench.patterns.learn", description=__doc__)
    parser.add_argument("--drawn", type=int, default=DRAWN, help="garments of each pattern")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE, help="where the table goes")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    real = real_samples(LabelledFolder(DATASET))
    drawn = drawn_samples(given.drawn, first=0)
    write(fitted([*real, *drawn]), given.out)
    print(f"learned from {len(real)} pieces of photos and {len(drawn)} drawn; written: {given.out}")


if __name__ == "__main__":
    main()
