"""How often a name's family is the shop's word, by sets that nothing was learned from.

usage: python -m bench.naming.reliability [--catalogue FILE] [--diagram PICTURE]

``--catalogue`` keeps what the pipeline finds in the pictures of ../shared/catalogue, so that they
are looked at once; ``--diagram`` draws how often answers are right by the probability they had.
"""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from bench.fitting.figures import HEADER, figures, meant, named, reliability
from bench.fitting.samples import SHOPS, Sample, Words
from shared.colour.cielab import Floats
from shared.colour.naming import Naming

CATALOGUE: Final = Path("../shared/catalogue")
KEPT: Final = Path("runs/catalogue.json")


def main(kept: Path, diagram: Path | None) -> None:
    """Print the figures of every set that is there."""
    words, naming = Words.load(), Naming.load()
    sets: dict[str, list[Sample]] = {}
    if SHOPS.is_file():
        sets["a marketplace, held out"] = [s for s in words.shops() if s.is_held_out]
    if CATALOGUE.is_dir():
        sets["a studio catalogue"] = studio(words, kept)
    if not sets:
        print(f"Skipped: neither {SHOPS} nor {CATALOGUE} is there.")
        return
    print(f"{'':28}{HEADER}")
    lines: dict[str, list[tuple[float, float, int]]] = {}
    for title, samples in sets.items():
        right = meant(samples, naming.families)
        print(f"{title + ', before':28}{figures(nearest(naming, samples), right)}")
        assert naming.said is not None
        found = named(naming.said, samples)
        print(f"{title:28}{figures(found, right)}")
        first = found.argmax(axis=1)
        rows = np.arange(len(found))
        lines[title] = reliability(found[rows, first], right[rows, first])
    if diagram is not None:
        draw(lines, diagram)


def nearest(naming: Naming, samples: Sequence[Sample]) -> Floats:
    """What the nearest row to the largest colour says, by the margin alone, (N, families)."""
    table = Naming(naming.rows, "sha256:centres")
    families = naming.families
    found = np.zeros((len(samples), len(families)))
    for row, name in zip(found, table.name_many([each.labs[0] for each in samples]), strict=True):
        row[families.index(name.family)] = name.probability
        if name.family_second is not None and name.probability_second is not None:
            row[families.index(name.family_second)] = name.probability_second
    return found


def studio(words: Words, kept: Path) -> list[Sample]:
    """The pictures whose word fits them by eye, as the pipeline sees them."""
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(looked_at()), "utf-8")
    samples: list[Sample] = []
    for row in cast("list[dict[str, Any]]", json.loads(kept.read_text("utf-8"))):
        shades, families = row["analysis"]["colours"], words.families(row["shop_colour"])
        if row["seen_by_eye"] != "agrees" or not families:
            continue
        shares = np.array([shade["share"] for shade in shades])
        samples.append(
            Sample(
                np.array([shade["lab"] for shade in shades]),
                shares / shares.sum(),
                words.presentations.of(row["analysis"]["subject"], row["category"]),
                row["shop_colour"],
                families,
                0,
                row["analysis"]["confidence"],
            )
        )
    return samples


def looked_at() -> list[dict[str, Any]]:
    """Analyse every picture of the catalogue, with its category."""
    # Here, since nothing else needs the networks.
    from worker.analysis.analyzer import Analyzer  # noqa: PLC0415

    analyzer = Analyzer.load()
    with (CATALOGUE / "labels.csv").open(encoding="utf-8", newline="") as file:
        return [
            {
                **row,
                "analysis": analyzer.analyze(CATALOGUE / row["picture"], row["category"]).to_json(),
            }
            for row in csv.DictReader(file)
        ]


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
