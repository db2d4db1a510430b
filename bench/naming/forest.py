"""How far a marketplace's words can be told from what was measured, whatever the method.

usage: python -m bench.naming.forest

A forest of 300 randomised trees is given all that the file says of a product but its word: kind,
subject, piece, pattern, confidence, four shades with their shares, and what the bundled tables say.
It learns from the products that these learned from, and names those held out. Where it is no
better, what is left is in the words and in the measured colours, and not in the tables.
"""

import csv
from typing import Any, Final

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from bench.fitting.figures import meant, named
from bench.fitting.samples import SHOPS, Words
from shared.colour.cielab import Floats
from shared.colour.naming import Naming

SHADES: Final = 4
TREES: Final = 300
SEED: Final = 0
FACTS: Final = ("kind", "subject", "piece", "pattern")


def main() -> None:
    """Print how often the tables and the forest are right of the held-out products."""
    if not SHOPS.is_file():
        print(f"Skipped: {SHOPS} is not there.")
        return
    naming = Naming.load()
    assert naming.said is not None
    words = Words.load()
    with SHOPS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if words.reads(row)]
    samples = words.shops()
    said = named(naming.said, samples)
    right = meant(samples, naming.families)
    held_out = np.array([sample.is_held_out for sample in samples])
    known = features(rows, said)
    target = np.where(right, said + 1e-9, 0).argmax(axis=1)
    forest = ExtraTreesClassifier(TREES, min_samples_leaf=2, random_state=SEED)
    forest.fit(known[~held_out], target[~held_out])
    found = np.zeros((int(held_out.sum()), len(naming.families)))
    found[:, forest.classes_] = forest.predict_proba(known[held_out])
    print(f"{held_out.sum():,} products held out{'strictly':>12}{'of the first two':>18}")
    for name, odds in (("tables", said[held_out]), ("forest", found)):
        print(
            f"{name:24}{hits(odds, right[held_out], 1):12.1%}{hits(odds, right[held_out], 2):18.1%}"
        )


def features(rows: list[dict[str, str]], said: Floats) -> Floats:
    """What is known of each product, (N, F): facts as 0 and 1, shades, and what tables say."""
    columns = [np.log(said + 1e-3)]
    for fact in FACTS:
        values = sorted({row[fact] for row in rows})
        columns.append(np.array([[row[fact] == value for value in values] for row in rows], float))
    columns.append(np.array([[float(row["confidence"])] for row in rows]))
    columns.append(np.array([shades_of(row) for row in rows]))
    return np.hstack(columns)


def shades_of(row: dict[str, str]) -> list[float]:
    """L*, a*, b*, share and chroma of the first shades; -1 where there is none."""
    numbers: list[float] = []
    for shade in row["shades"].split("|")[:SHADES]:
        lightness, a, b, share = (float(value) for value in shade.split())
        numbers += [lightness, a, b, share, float(np.hypot(a, b))]
    return numbers + [-1.0] * (5 * SHADES - len(numbers))


def hits(odds: Floats, right: "np.ndarray[Any, np.dtype[np.bool_]]", first: int) -> float:
    """How often one of the likeliest families is meant."""
    likeliest = np.argsort(-odds, axis=1)[:, :first]
    return float(np.take_along_axis(right, likeliest, axis=1).any(axis=1).mean())


if __name__ == "__main__":
    main()
