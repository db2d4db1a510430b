"""Which option, attribute or feature of a product is its colour, as shops call it."""

import re
from collections.abc import Iterable
from typing import Final

from producer.feeds.columns import column_key

COLOUR_WORDS: Final = frozenset(
    {
        *("color", "colour", "colorway", "colourway", "colorname", "colourname", "maincolor"),
        *("maincolour", "basecolor", "basecolour", "colors", "colours", "shade"),
        *("farbe", "farben", "grundfarbe", "couleur", "couleurs", "coloris", "colore", "colori"),
        *("kleur", "farve", "färg", "farge", "väri", "kolor", "barva", "farba", "szín", "culoare"),
        *(
            "cor",
            "cores",
            "renk",
            "цвет",
            "колір",
            "цвят",
            "χρώμα",
            "颜色",
            "顏色",
            "カラー",
            "色",
            "색상",
        ),
    }
)
"""Names of the colour, as :func:`~producer.feeds.columns.column_key` spells them."""

_PREFIX: Final = re.compile(r"^(?:pa|attr|attribute|variant|product)[_ -]", re.IGNORECASE)


def is_colour(name: str) -> bool:
    """Say whether an option of this name is the colour.

    >>> is_colour("Colour"), is_colour("pa_color"), is_colour("Größe")
    (True, True, False)
    """
    return column_key(_PREFIX.sub("", name.strip())) in COLOUR_WORDS


def colour_of(options: Iterable[tuple[str, str]]) -> str:
    """Return the value of the first option that is the colour; "" where none is."""
    return next((value for name, value in options if value and is_colour(name)), "")


def deepest(paths: Iterable[str], between: str = ">") -> str:
    """Return the path of categories with the most steps, the first of several; "" for none.

    >>> deepest(["Sale", "Clothing > Hoodies"])
    'Clothing > Hoodies'
    """
    known = [path.strip().strip(between).strip() for path in paths]
    return max((path for path in known if path), key=lambda path: path.count(between), default="")
