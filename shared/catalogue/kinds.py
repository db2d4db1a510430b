"""What a shop's words for a product may mean: a piece of an outfit, or why none is meant."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.contracts.results import ReadFrom


class Piece(StrEnum):
    """A part of an outfit that can be found in a picture. New ones are added at the end."""

    TOP = "top"
    OUTERWEAR = "outerwear"
    BOTTOM = "bottom"
    DRESS = "dress"
    SHOES = "shoes"
    BAG = "bag"
    HEADWEAR = "headwear"
    SCARF = "scarf"
    LEGWEAR = "legwear"
    BELT = "belt"


class NoPiece(StrEnum):
    """What a word means that names no single piece.

    ``whole``: all that is worn is for sale, as with suits, sets, swimwear. ``small``: a thing too
    small to be found in a picture of a person, as watches and gloves, or one that nobody wears.
    ``several``: things of different kinds, as accessories. ``nothing``: no thing at all, though a
    part of the phrase means one elsewhere, as "boot cut" and "top handle".
    """

    WHOLE = "whole"
    SMALL = "small"
    SEVERAL = "several"
    NOTHING = "nothing"


Kind = Piece | NoPiece

WHOLE: Final = NoPiece.WHOLE
"""The word for the whole outfit, in the lexicon and in results."""

SMALL: Final = NoPiece.SMALL
"""The word for things too small to be found."""


@dataclass(frozen=True, slots=True)
class PieceReading:
    """What a product is by the shop's words, and how that was read.

    Attributes:
        kind: a piece, ``whole`` or ``small``; None where the words are not understood.
        source: where the words stand; None where they are not understood.
        words: those that were understood, in small letters without accents, such as ``sneakers``,
            or a taxonomy's id and name. Where ``kind`` is None they name several kinds of things
            ("shoes, bags"), or are empty.
    """

    kind: Kind | None = None
    source: ReadFrom | None = None
    words: str = ""

    @property
    def understood(self) -> bool:
        """Whether the words say what the product is."""
        return self.kind is not None

    @property
    def piece(self) -> Piece | None:
        """The piece; None for the whole outfit, for small things, and where nothing is known."""
        return self.kind if isinstance(self.kind, Piece) else None

    def __str__(self) -> str:
        """A phrase for people, such as ``bottom, by the title ("jeans")``."""
        if self.kind is not None:
            return f'{self.kind}, by the {self.source} ("{self.words}")'
        return f'several things ("{self.words}")' if self.words else "not understood"

    def to_json(self) -> dict[str, str | None]:
        """Return the reading as plain JSON values."""
        kind = None if self.kind is None else self.kind.value
        return {"kind": kind, "source": self.source, "words": self.words}


NOT_READ: Final = PieceReading()
"""The reading of a product of which nothing is said."""
