"""Which of a product's colours count: those that a shopper would name."""

from collections.abc import Sequence
from typing import Final

from producer.catalogue.reader import AnsweredProduct
from shared.colour.pattern import LEAST_SHARE
from shared.contracts.results import Shade
from shared.contracts.warnings import WarningWord

LIKE_THE_LARGEST: Final = 1 / 3
"""A product may be called by any of its colours that has this part of the largest one's share: of
two stripes by either, and never by its buttons."""


def main_shades(shades: Sequence[Shade]) -> tuple[Shade, ...]:
    """Return the largest colour, and every other one that is large enough to count."""
    total = sum(shade.share for shade in shades)
    return tuple(
        shade
        for place, shade in enumerate(shades)
        if place == 0 or shade.share >= LEAST_SHARE * total
    )


def own_shades(product: AnsweredProduct) -> tuple[Shade, ...]:
    """Return the main colours that are the product's own.

    Those of a packshot or of a piece are. Of a whole outfit only the largest is taken for the
    product's, and none where the product is a piece that was not found.
    """
    return () if WarningWord.PIECE_NOT_FOUND in product.warnings else _counted(product)


def naming_shades(product: AnsweredProduct) -> tuple[Shade, ...]:
    """Return those of the own colours by which the product may be called; the largest is first."""
    shades = own_shades(product)
    return tuple(shade for shade in shades if shade.share >= LIKE_THE_LARGEST * shades[0].share)


def main_names(product: AnsweredProduct) -> list[str]:
    """Return the names of a product's colours, the main one first, one of each family.

    Two blues of one denim are one colour to a shopper; and of a whole outfit only the largest
    colour is taken for the product's.
    """
    named: dict[str, str] = {}
    for shade in _counted(product):
        named.setdefault(shade.family, shade.name)
    return list(named.values())


def _counted(product: AnsweredProduct) -> tuple[Shade, ...]:
    return product.shades[:1] if product.is_whole_outfit else main_shades(product.shades)
