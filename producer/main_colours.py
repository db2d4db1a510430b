"""Which of a product's colours count: those that a shopper would name."""

from collections.abc import Sequence
from typing import Final

from producer.answered import AnsweredProduct
from shared.contracts import Pattern, Shade

MAIN_SHARE: Final = 0.2
"""The part of the clothes from which on a colour beside the largest one counts."""


def main_shades(shades: Sequence[Shade]) -> tuple[Shade, ...]:
    """Return the largest colour and every other one that is a main colour, too."""
    return tuple(
        shade for place, shade in enumerate(shades) if not place or shade.share >= MAIN_SHARE
    )


def main_names(product: AnsweredProduct) -> list[str]:
    """Return the names of a product's colours, the main one first; of a plain one, only its own."""
    shades = product.shades[:1] if product.pattern is Pattern.PLAIN else main_shades(product.shades)
    return [shade.name for shade in shades]
