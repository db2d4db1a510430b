"""Layers: garments that are worn over a top and under a coat, and are painted as either."""

from typing import Final

from shared.catalogue.kinds import Piece, PieceReading

# Parts of the words for them in five languages, plurals and compounds included.
_LAYERS: Final = (
    *("hoodie", "hoody", "hoodlie", "sweatshirt", "sweat shirt", "cardi", "fleece", "overshirt"),
    *("kapuzen", "strickjacke", "felpa", "sudadera", "half zip", "quarter zip"),
)

COUNTERPART: Final = {Piece.TOP: Piece.OUTERWEAR, Piece.OUTERWEAR: Piece.TOP}
"""What a garment of the upper body may be taken for."""


def is_layer(reading: PieceReading) -> bool:
    """Whether the shop's words name a layer: a zipped hoodie looks like a jacket, one that is
    pulled over the head like a top.

    >>> is_layer(PieceReading(Piece.TOP, "category", "hoodies, sweatshirts"))
    True
    >>> is_layer(PieceReading(Piece.TOP, "category", "t shirts"))
    False
    """
    return reading.piece in COUNTERPART and any(word in reading.words for word in _LAYERS)
