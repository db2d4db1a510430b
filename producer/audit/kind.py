"""The kinds of findings of an audit."""

from enum import StrEnum


class FindingKind(StrEnum):
    """What an audit looks for."""

    NAME = "name"  # the shop's word for the colour does not fit the picture
    VARIANTS = "variants"  # two variants look the same, and are called differently
    PHOTOS = "photos"  # two photos of a product show different colours
    DOUBT = "doubt"  # the answer itself is unsure, or has warnings
