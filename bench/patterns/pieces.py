"""Pieces of photos whose pattern somebody has told by eye, and what is measured of each.

``labels.csv`` names the photo of Clothing Co-Parsing, the piece, its pattern, and how it came to be
among them: ``random`` by the hash of its name, or ``busy``, those of the others with the strongest
edges, so that patterns are not too few. Which half a piece is in follows from its photo: training
photos are learned from, the validation split is measured.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.colours.piece import shown_pieces
from shared.catalogue.pieces import Piece
from shared.contracts.results import Pattern
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.regions import Mask, Pixels

LABELS: Final = Path(__file__).with_name("labels.csv")


@dataclass(frozen=True)
class LabelledPiece:
    """A piece of a photo: RGB uint8 (H, W, 3), its mask, bool (H, W), and its pattern."""

    name: str
    pixels: Pixels
    mask: Mask
    pattern: Pattern
    draw: str


def labelled_pieces(folder: LabelledFolder, *, held_out: bool) -> Iterator[LabelledPiece]:
    """Read the labelled pieces of training photos, or of those held out."""
    kept = folder.held_out()
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["photo"] in kept) == held_out]
    photo_id, pixels, masks = "", np.zeros((0, 0, 3), np.uint8), {}
    for row in rows:
        if row["photo"] != photo_id:
            photo_id = row["photo"]
            pixels, labels = folder.pair(photo_id)
            masks = shown_pieces(labels)
        mask = masks[Piece(row["piece"])]
        name = f"{photo_id} {row['piece']}"
        yield LabelledPiece(name, pixels, mask, Pattern(row["pattern"]), row["draw"])
