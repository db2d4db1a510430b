"""Which of a product's colours count: those that a shopper would name."""

from collections.abc import Sequence

from producer.catalogue.reader import AnsweredProduct
from shared.colour.pattern import LEAST_SHARE
from shared.contracts.results import Shade


def main_shades(shades: Sequence[Shade]) -> tuple[Shade, ...]:
    """Return the largest colour, and every other one that is large enough to count."""
    total = sum(shade.share for shade in shades)
    return tuple(
        shade
        for place, shade in enumerate(shades)
        if place == 0 or shade.share >= LEAST_SHARE * total
    )


def main_names(product: AnsweredProduct) -> list[str]:
    """Return the names of a product's colours, the main one first, one of each family.

    Two blues of one denim are one colour to a shopper; and of a whole outfit only the largest
    colour is taken for the product's.
    """
    named: dict[str, str] = {}
    shades = product.shades[:1] if product.is_whole_outfit else main_shades(product.shades)
    for shade in shades:
        named.setdefault(shade.family, shade.name)
    return list(named.values())
