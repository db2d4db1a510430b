"""Which of the clothes are for sale: a part of the stage ``colours``."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.catalogue.kinds import NOT_READ, NoPiece, Piece, PieceReading
from shared.catalogue.pieces import Pieces
from shared.contracts.results import Subject
from shared.contracts.warnings import WarningWord
from worker.imaging.person.piece import PieceTable, find_piece
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Pixels

PIECE_NOT_FOUND: Final = WarningWord.PIECE_NOT_FOUND.value
"""The warning that the shop's words name a piece, and the person seems not to wear it."""


@dataclass(frozen=True)
class ProductRegion:
    """What of a picture is for sale.

    Attributes:
        labels: uint8 (H, W), 0..3; clothes that are not for sale count as background.
        piece: what is for sale; None where that is all that is worn.
        warnings: ``piece_not_found``, or nothing.
        reading: what the product is by the shop's words.
    """

    labels: LabelMap
    piece: Piece | None = None
    warnings: tuple[str, ...] = ()
    reading: PieceReading = NOT_READ


@dataclass(frozen=True)
class ProductFinder:
    """Finds what is for sale; ``pieces`` reads words, ``table`` knows where pieces lie."""

    pieces: Pieces
    table: PieceTable

    def __call__(
        self,
        pixels: Pixels,
        labels: LabelMap,
        subject: Subject,
        category: str | None,
        title: str | None = None,
    ) -> ProductRegion:
        """Restrict the clothes to the piece that the shop's words name.

        A packshot shows the product alone: it is never restricted. Where the words say nothing, or
        the piece is not to be seen, all clothes stay. Small things, and pieces that the table does
        not know, are never found.

        Args:
            pixels: RGB uint8 (H, W, 3).
            labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
            subject: what the picture shows.
            category: the shop's words for what the product is.
            title: the product's name, read where the category says nothing.
        """
        reading = self.pieces.read(category, title)
        piece = reading.piece
        if subject != "person" or (piece is None and reading.kind is not NoPiece.SMALL):
            return ProductRegion(labels, reading=reading)
        found = None
        if piece is not None and piece in self.table.pieces:
            found = find_piece(pixels, labels, piece, self.table)
        if found is None:
            return ProductRegion(labels, None, (PIECE_NOT_FOUND,), reading)
        others = (labels == CLOTHES) & ~found
        restricted = np.where(others, np.uint8(BACKGROUND), labels)
        return ProductRegion(restricted, piece, reading=reading)
