"""Warnings: words on what may be wrong with a result."""

from enum import StrEnum


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
