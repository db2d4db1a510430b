"""How the 59 published labels of Clothing Co-Parsing merge: into 29 garments, into 4 regions.

The map is a table, ``ccp_labels.csv``: ``number,label,garment,region,piece``, one row a
published label. Garments join what a shop would sell as one kind (all trousers, all shoes, all
bags); regions are what the palette paints; pieces are what a product's category may mean
(:mod:`shared.catalogue.pieces`).
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from shared.catalogue.pieces import Piece
from worker.imaging.regions import LABEL_NAMES, LabelMap

Classes = Literal[4, 14, 29, 59]
"""How many classes: regions, parts of an outfit, garments, or the labels as published."""

TABLE: Final = Path(__file__).with_name("ccp_labels.csv")
COLUMN: Final[dict[Classes, str]] = {
    4: "region",
    14: "part",
    29: "garment",
    59: "label",
}
LABEL_COUNT: Final = 59
GARMENTS: Final = (
    "top",
    "outerwear",
    "bottom",
    "dress",
    "shoes",
    "bag",
    "headwear",
    "scarf",
    "legwear",
    "belt",
    "small",
)
"""What the clothes of an outfit are; ``small`` is what is too small to be for sale by its place:
jewellery, watches, glasses, gloves, ties."""
PARTS: Final = (*LABEL_NAMES[:3], *GARMENTS)
"""What an outfit is painted in, in the order of the classes."""


@dataclass(frozen=True)
class Merge:
    """A merge of the published labels.

    Attributes:
        names: one a class, in the order of its values; ``names[0]`` is the background.
        of_published: uint8 (59,), the class of each published label.
        regions: uint8 (classes,), the region (0..3) of each class.
    """

    names: tuple[str, ...]
    of_published: npt.NDArray[np.uint8]
    regions: npt.NDArray[np.uint8]

    def __call__(self, labels59: npt.NDArray[np.uint8]) -> LabelMap:
        """Merge a map of published labels, uint8 (H, W), values 0..58."""
        return self.of_published[labels59]


@cache
def merge_into(classes: int) -> Merge:
    """The merge into 4, 14, 29 or 59 classes.

    Raises:
        ValueError: another number of classes.
    """
    if classes not in get_args(Classes):
        raise ValueError(f"there is no merge into {classes} classes: choose 4, 14, 29 or 59")
    rows = label_table()
    column = [row[COLUMN[cast("Classes", classes)]] for row in rows]
    # 59 keep their published numbers; fewer start like the regions, then as they first appear.
    first: dict[int, tuple[str, ...]] = {4: LABEL_NAMES, 14: PARTS, 29: LABEL_NAMES[:3]}
    names = tuple(dict.fromkeys([*first.get(classes, ()), *column]))
    of_published = np.array([names.index(name) for name in column], np.uint8)
    regions = np.zeros(len(names), np.uint8)
    regions[of_published] = [LABEL_NAMES.index(row["region"]) for row in rows]
    return Merge(names, of_published, regions)


@cache
def label_table() -> tuple[dict[str, str], ...]:
    """The rows of the table, in the order of the published numbers."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def pieces_of_published() -> npt.NDArray[np.int64]:
    """The piece that each published label is, int64 (59,): its place in ``Piece``, -1 for none."""
    order = [piece.value for piece in Piece]
    return np.array([order.index(row["piece"]) if row["piece"] else -1 for row in label_table()])


def published_numbers(name: str) -> tuple[int, ...]:
    """The published labels that a name covers: a garment such as ``"bag"``, a region, or a label.

    Raises:
        ValueError: nothing in the table bears that name.
    """
    numbers = tuple(int(row["number"]) for row in label_table() if name in _names(row))
    if not numbers:
        known = sorted({known for row in label_table() for known in _names(row)})
        raise ValueError(f"there is no class {name!r}: choose one of {', '.join(known)}")
    return numbers


def _names(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[column] for column in COLUMN.values())
