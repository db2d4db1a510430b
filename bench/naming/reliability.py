"""How often a name's family is the shop's word, by products that it was not learned from.

usage: python -m bench.naming.reliability [--catalogue FILE] [--diagram PICTURE]

The marketplace's products were held out of the bundled tables. The studio's pictures were not: each
is named by tables that are learned for it without its style (four folds). ``--catalogue`` keeps
what the pipeline finds in them, so that they are looked at once; ``--diagram`` draws how often
answers are right by the probability they had.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.fitting.figures import HEADER, figures, meant, named, reliability
from bench.fitting.learn import STUDIO_TIMES, learned_from, left_out
from bench.fitting.samples import SHOPS, Sample, Words
from bench.fitting.studio import CATALOGUE, KEPT, studio
from shared.colour.cielab import Floats
from shared.colour.naming import Naming

FOLDS: Final = 4


def main(kept: Path, diagram: Path | None) -> None:
    """Print the figures of every set that is there."""
    words, naming = Words.load(), Naming.load()
    assert naming.said is not None
    sets: dict[str, tuple[list[Sample], Floats]] = {}
    if SHOPS.is_file():
        products = [each for each in words.shops() if each.is_held_out]
        sets["a marketplace, held out"] = products, named(naming.said, products)
    if SHOPS.is_file() and CATALOGUE.is_dir():
        pictures = studio(words, kept)
        found = left_out(pictures, learned_from(words), FOLDS, STUDIO_TIMES)
        sets["a studio, styles left out"] = pictures, found
    if not sets:
        print(f"Skipped: neither {SHOPS} nor {CATALOGUE} is there.")
        return
    print(f"{'':34}{HEADER}")
    lines: dict[str, list[tuple[float, float, int]]] = {}
    for title, (samples, found) in sets.items():
        right = meant(samples, naming.families)
        print(f"{title + ', nearest':34}{figures(nearest(naming, samples), right)}")
        print(f"{title:34}{figures(found, right)}")
        first, rows = found.argmax(axis=1), np.arange(len(found))
        lines[title] = reliability(found[rows, first], right[rows, first])
    if diagram is not None:
        draw(lines, diagram)


def nearest(naming: Naming, samples: Sequence[Sample]) -> Floats:
    """What the nearest row to the largest colour says, by the margin alone, (N, families)."""
    table = Naming(naming.rows, "sha256:centres")
    families = naming.families
    found = np.zeros((len(samples), len(families)))
    seen = [place for place, each in enumerate(samples) if each.shares.size]
    names = table.name_many([samples[place].labs[0] for place in seen])
    for place, name in zip(seen, names, strict=True):
        row = found[place]
        row[families.index(name.family)] = name.probability
        if name.family_second is not None and name.probability_second is not None:
            row[families.index(name.family_second)] = name.probability_second
    return found


def draw(lines: dict[str, list[tuple[float, float, int]]], path: Path) -> None:
    """Draw a reliability diagram: each dot is a bin, as large as it has answers."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for title, bins in lines.items():
        probable, right, sizes = (list(each) for each in zip(*bins, strict=True))
        axes.plot(probable, right, linewidth=1)
        axes.scatter(probable, right, s=[8 + size for size in sizes], label=title, alpha=0.7)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of the family", ylabel="right")
    axes.legend(loc="upper left")
    figure.savefig(path, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.naming.reliability", description=__doc__)
    parser.add_argument("--catalogue", type=Path, default=KEPT, metavar="FILE")
    parser.add_argument("--diagram", type=Path, metavar="PICTURE")
    given = parser.parse_args()
    main(given.catalogue, given.diagram)
