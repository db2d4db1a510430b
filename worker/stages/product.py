"""Which of the clothes are for sale: a part of the stage ``colours``."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.catalogue.kinds import NOT_READ, NoPiece, Piece, PieceReading
from shared.catalogue.layers import COUNTERPART, is_layer
from shared.catalogue.pieces import Pieces
from shared.contracts.results import MissingPiece, Subject
from shared.contracts.warnings import WarningWord
from worker.imaging.cutout import only_where
from worker.imaging.part_shares import PartShares
from worker.imaging.regions import CLOTHES, LabelMap, Mask
from worker.imaging.worn_piece import Corrector, WornPiece, find_painted, find_worn, main_piece
from worker.stages.segment import Segments

PIECE_NOT_FOUND: Final = WarningWord.PIECE_NOT_FOUND.value
"""The warning that the shop's words name a piece, and the person seems not to wear it."""

PIECE_GUESSED: Final = WarningWord.PIECE_GUESSED.value
"""The warning that no word says what is for sale: the colours are of what the picture is about."""


@dataclass(frozen=True)
class ProductRegion:
    """What of a picture is for sale.

    Attributes:
        labels: uint8 (H, W), 0..3; clothes that are not for sale count as background.
        piece: what is for sale; None where that is all that is worn, or was not found.
        warnings: ``piece_not_found``, ``piece_guessed``, or nothing.
        reading: what the product is by the shop's words.
        certainty: 0..1, how sure the painter is that the piece is one; 1 for all that is worn.
    """

    labels: LabelMap
    piece: Piece | None = None
    warnings: tuple[str, ...] = ()
    reading: PieceReading = NOT_READ
    certainty: float = 1.0


@dataclass(frozen=True)
class ProductFinder:
    """Finds what is for sale.

    Attributes:
        pieces: reads the shop's words.
        missing: what a product's colours are where its piece is not in the picture: nothing, or
            the outfit's.
        corrector: corrects where a piece seems to be.
    """

    pieces: Pieces
    missing: MissingPiece = "nothing"
    corrector: Corrector | None = None

    def __call__(
        self,
        segments: Segments,
        subject: Subject,
        category: str | None,
        title: str | None = None,
    ) -> ProductRegion:
        """Restrict the clothes to the piece that the shop's words name.

        Where they name none, to the piece that the picture is about; where all that is worn is for
        sale, not at all. A packshot has no parts: it is never restricted. Small things are never
        found on people.

        Args:
            segments: regions and parts of the picture.
            subject: what the picture shows.
            category: the shop's words for what the product is.
            title: the product's name, read where the category says nothing.
        """
        reading = self.pieces.read(category, title)
        found = _find(segments, reading, self.corrector)
        if found is not None:
            piece, worn, guessed = found
            return ProductRegion(
                _without_others(segments.labels, worn.mask),
                piece,
                (PIECE_GUESSED,) if guessed else (),
                reading,
                worn.certainty,
            )
        if subject == "packshot" or reading.kind is NoPiece.WHOLE or not _names_one(reading):
            return ProductRegion(segments.labels, reading=reading)
        labels = segments.labels
        if self.missing == "nothing":
            labels = _without_others(labels, np.zeros(labels.shape, np.bool_))
        return ProductRegion(labels, None, (PIECE_NOT_FOUND,), reading)


def _names_one(reading: PieceReading) -> bool:
    return reading.piece is not None or reading.kind is NoPiece.SMALL


def _find(
    segments: Segments, reading: PieceReading, corrector: Corrector | None
) -> tuple[Piece, WornPiece, bool] | None:
    """The piece, where it is worn, and whether it was guessed; None where there is none."""
    parts = segments.parts
    if parts is None or reading.kind in (NoPiece.WHOLE, NoPiece.SMALL):
        return None
    piece = reading.piece or main_piece(parts)
    worn = _larger_layer(segments.labels, parts, reading, corrector) if is_layer(reading) else None
    if worn is None and piece is not None:
        worn = find_worn(parts, segments.labels, piece, corrector)
    return None if piece is None or worn is None else (piece, worn, reading.piece is None)


def _larger_layer(
    labels: LabelMap, parts: PartShares, reading: PieceReading, corrector: Corrector | None
) -> WornPiece | None:
    """Of a layer that is a top or a jacket, the larger: the other is what shows below it."""
    assert reading.piece is not None
    both = (reading.piece, COUNTERPART[reading.piece])
    found = [find_painted(parts, labels, piece, corrector) for piece in both]
    worn = [each for each in found if each is not None]
    return max(worn, key=lambda each: np.count_nonzero(each.mask), default=None)


def _without_others(labels: LabelMap, wanted: Mask) -> LabelMap:
    """Labels whose clothes are background outside of what is wanted."""
    return only_where(((labels != CLOTHES) | wanted).view(np.uint8), labels)
