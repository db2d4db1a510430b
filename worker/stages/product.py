"""Which of the clothes are for sale: a part of the stage ``colours``."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.catalogue.pieces import Piece, Pieces
from shared.contracts.results import Subject
from worker.imaging.person.piece import PieceTable, find_piece
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Pixels

PIECE_NOT_FOUND: Final = "piece_not_found"
"""The warning that the category names a piece, and the person seems not to wear it."""


@dataclass(frozen=True)
class ProductRegion:
    """What of a picture is for sale.

    Attributes:
        labels: uint8 (H, W), 0..3; clothes that are not for sale count as background.
        piece: what is for sale; None where that is all that is worn.
        warnings: ``piece_not_found``, or nothing.
    """

    labels: LabelMap
    piece: Piece | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProductFinder:
    """Finds what is for sale; ``pieces`` reads categories, ``table`` knows where pieces lie."""

    pieces: Pieces
    table: PieceTable

    def __call__(
        self, pixels: Pixels, labels: LabelMap, subject: Subject, category: str | None
    ) -> ProductRegion:
        """Restrict the clothes to the piece that the category names.

        A packshot shows the product alone: it is never restricted. Where the category says nothing,
        or the piece is not to be seen, all clothes stay.

        Args:
            pixels: RGB uint8 (H, W, 3).
            labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
            subject: what the picture shows.
            category: the shop's words for what the product is.
        """
        piece = self.pieces.of(category) if subject == "person" else None
        if piece is None:
            return ProductRegion(labels)
        found = find_piece(pixels, labels, piece, self.table)
        if found is None:
            return ProductRegion(labels, warnings=(PIECE_NOT_FOUND,))
        others = (labels == CLOTHES) & ~found
        return ProductRegion(np.where(others, np.uint8(BACKGROUND), labels), piece)
