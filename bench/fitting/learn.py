"""Learn the tables of families from words of shops and of a survey, and write them.

usage: python -m bench.fitting.learn [--words CSV] [--catalogue FILE] [--out FOLDER] [--folds N]

With ``--folds`` nothing is written: products that were left out of each fit are named by it, which
is how the strengths were chosen. Products that are held out take part in neither.
"""

import csv
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import numpy as np
from scipy.optimize import minimize

from bench.fitting.figures import HEADER, figures, meant, named
from bench.fitting.likelihood import LIGHTINGS, Likelihood, Strengths
from bench.fitting.samples import HELD_OUT, SHOPS, Sample, Words, agreed
from bench.fitting.studio import KEPT, studio
from shared.colour.cielab import Floats, lab_to_xyz, rgb_to_lab, xyz_to_lab
from shared.colour.families.lattice import Lattice
from shared.colour.families.table import (
    COLOUR_FILE,
    COLOUR_LATTICE,
    FOLDER,
    KIND_FILE,
    LIGHTING_FILE,
    LIGHTING_LATTICE,
    PLACE,
    FamilyTable,
)
from shared.colour.naming import Naming

STRENGTHS: Final = Strengths()
STEPS: Final = 250
DIMMED: Final = 0.75
"""The light of a second copy of every person. The marketplace exposes people so brightly that white
cloth is nearly paper's white; other studios give it three quarters of that light."""

TIMES: Final = 4
"""How often each colour counts whose family nobody doubts."""

STUDIO_TIMES: Final = 3
"""How often each picture of a studio counts: there are few, but every word was checked by eye."""

SURER: Final = 1.35
"""By this factor all log odds are raised. What keeps the tables smooth makes them say less than
they know: a studio's pictures whose styles they never saw are right more often than they said."""


def fitted(samples: Sequence[Sample], strengths: Strengths = STRENGTHS) -> FamilyTable:
    """Learn tables from samples."""
    naming = Naming.load()
    kinds = tuple(sorted({s.shown.kind for s in samples if s.shown.kind is not None}))
    dimmed = [_dimmed(each) for each in samples if each.shown.lighting == "person"]
    objective = Likelihood([*samples, *dimmed], naming, kinds, strengths)
    start = np.zeros(sum(int(np.prod(shape)) for shape in objective.shapes))
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxfun": STEPS}
    )
    learned = objective.unpack(cast("Floats", SURER * found.x))
    return FamilyTable(
        naming.families,
        SURER * objective.before + learned.colour,
        dict(zip(LIGHTINGS, learned.lighting, strict=True)),
        dict(zip(kinds, learned.kind, strict=True)),
    )


def _dimmed(sample: Sample) -> Sample:
    return replace(sample, labs=xyz_to_lab(lab_to_xyz(sample.labs) * DIMMED))


def learned_from(words: Words, shops: Path = SHOPS) -> list[Sample]:
    """What the tables are learned from, but for a studio's pictures."""
    products = [each for each in words.shops(shops) if not each.is_held_out]
    return [*products, *words.survey(), *TIMES * agreed()]


def left_out(
    samples: Sequence[Sample], others: Sequence[Sample], folds: int, times: int = 1
) -> Floats:
    """Name each sample by tables that were learned without its fold, (N, families).

    Args:
        samples: in so many folds.
        others: what is always learned from.
        folds: how many.
        times: how often each sample counts.
    """
    fold = np.array([each.fold // HELD_OUT % folds for each in samples])
    found = np.empty((len(samples), len(Naming.load().families)))
    for place in range(folds):
        rest = [
            each
            for each, its in zip(samples, fold, strict=True)
            if its != place and each.shares.size
        ]
        those = [each for each, its in zip(samples, fold, strict=True) if its == place]
        found[fold == place] = named(_as_read(fitted([*times * rest, *others])), those)
    return found


def _as_read(table: FamilyTable) -> FamilyTable:
    """A table as its files give it, which hold few digits."""
    with TemporaryDirectory() as folder:
        write(table, Path(folder))
        return FamilyTable.load(Path(folder))


def write(table: FamilyTable, folder: Path) -> None:
    """Write the three files. Points that no colour of sRGB comes near are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    odds = np.exp(table.colour - table.colour.max(axis=1, keepdims=True))
    percent = 100 * odds / odds.sum(axis=1, keepdims=True)
    _write(
        folder / COLOUR_FILE,
        (*PLACE, *table.families),
        [
            [
                *_place(COLOUR_LATTICE, point),
                *(_short(each, 1, least=0.1) for each in percent[point]),
            ]
            for point in _shown_points(COLOUR_LATTICE)
        ],
    )
    _write(
        folder / LIGHTING_FILE,
        ("lighting", *PLACE, *table.families),
        [
            [
                name,
                *_place(LIGHTING_LATTICE, point),
                *(_short(np.exp(x), 2) for x in factors[point]),
            ]
            for name, factors in table.lighting.items()
            for point in _shown_points(LIGHTING_LATTICE)
        ],
    )
    _write(
        folder / KIND_FILE,
        ("kind", *table.families),
        [[kind, *(_short(np.exp(x), 2) for x in factors)] for kind, factors in table.kind.items()],
    )


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _place(lattice: Lattice, point: int) -> list[str]:
    return [f"{value:g}" for value in lattice.points[point]]


def _short(value: float, digits: int, least: float = 0.0) -> str:
    return "" if value < least else f"{max(value, 10.0**-digits):.{digits}f}".removesuffix(".0")


def _shown_points(lattice: Lattice) -> list[int]:
    steps = np.arange(0, 256, 5, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    numbers, weights = lattice.around(rgb_to_lab(cube.reshape(-1, 3)))
    return [int(number) for number in np.unique(numbers[weights > 0])]


def main() -> None:
    """Learn and write, or name what was left out."""
    parser = ArgumentParser(prog="python -m bench.fitting.learn", description=__doc__)
    parser.add_argument("--words", type=Path, default=SHOPS, help="a marketplace's products")
    parser.add_argument(
        "--catalogue", type=Path, default=KEPT, help="what was found in a studio's pictures"
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the tables go")
    parser.add_argument("--folds", type=int, help="name what was left out, and write nothing")
    given = parser.parse_args()
    words = Words.load()
    pictures = [each for each in studio(words, given.catalogue) if each.shares.size]
    if given.folds:
        shops = [each for each in words.shops(given.words) if not each.is_held_out]
        others = [*words.survey(), *TIMES * agreed(), *STUDIO_TIMES * pictures]
        right = meant(shops, Naming.load().families)
        print(f"{HEADER}\n{figures(left_out(shops, others, given.folds), right)}")
        return
    others = learned_from(words, given.words)
    write(fitted([*others, *STUDIO_TIMES * pictures]), given.out)
    print(f"learned from {len(others):,} products and names, {len(pictures)} pictures: {given.out}")


if __name__ == "__main__":
    main()
