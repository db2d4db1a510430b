"""Warnings: words on what may be wrong with a result."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class WarningWord(StrEnum):
    """What a picture's or a product's ``warnings`` may hold.

    ``PLACEHOLDER`` is of a product alone, and not stored: which other products show the same
    picture changes with the catalogue, so whoever reads products finds out.
    """

    PIECE_GUESSED = "piece_guessed"
    PIECE_NOT_FOUND = "piece_not_found"
    BLACK_AND_WHITE = "black_and_white"
    SKIN_IN_CLOTHES = "skin_in_clothes"
    LEGS_IN_PACKSHOT = "legs_in_packshot"
    LOW_CONFIDENCE = "low_confidence"
    PLACEHOLDER = "placeholder"


MEANINGS: Final[Mapping[str, str]] = {
    WarningWord.PIECE_GUESSED: "no word says which piece is for sale: give a category",
    WarningWord.PIECE_NOT_FOUND: (
        "the product's words name a thing that the person seems not to wear"
    ),
    WarningWord.BLACK_AND_WHITE: "the picture shows greys alone: the garment may have colours",
    WarningWord.SKIN_IN_CLOTHES: "part of the clothes has the colour of the skin",
    WarningWord.LEGS_IN_PACKSHOT: "the product alone seems to be somebody's legs",
    WarningWord.LOW_CONFIDENCE: "unlike the pictures that the networks have learned from",
    WarningWord.PLACEHOLDER: "many products show this very picture",
}
"""What each warning means, in a line."""
