"""The table of words and families as it is shown: how dark each cell, and where it leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

from sqlalchemy import Connection

from producer.audit.colour_name import read_name
from shared.contracts.results import MULTI
from web.catalogue.asked import AskedProducts
from web.catalogue.services import CatalogueServices

STEPS: Final = 5
"""Of so many shades is a cell's: by its share of the word's products."""


class WordCell(NamedTuple):
    """A word's products of one family; ``meant`` says that the word may mean it."""

    family: str
    products: int
    percent: int
    step: int
    meant: bool
    href: str


class WordLine(NamedTuple):
    """A word, the colours it stands for, its products, and its cells in the order of families."""

    word: str
    hexes: tuple[str, ...]
    products: int
    understood: bool
    differing: int
    href: str
    cells: Sequence[WordCell | None]


@dataclass(frozen=True, slots=True)
class WordCells:
    """The whole table."""

    families: Sequence[str]
    lines: Sequence[WordLine]


def word_cells(
    services: CatalogueServices, connection: Connection, catalogue_id: int | None
) -> WordCells:
    """Return the most frequent words of a catalogue and the families that were found for them."""
    rows = services.word_table.rows(connection, catalogue_id)
    met = {family for row in rows for family in row.families}
    order = [*services.naming.families, MULTI]
    families = [*(each for each in order if each in met), *sorted(met.difference(order))]
    lines: list[WordLine] = []
    for row in rows:
        parts = read_name(row.word, services.colours.lexicon).parts
        meant = frozenset(parts[0].families) if parts else frozenset[str]()
        cells = [
            _cell(row.word, family, row.families[family], row.products, family in meant)
            if family in row.families
            else None
            for family in families
        ]
        differing = sum(each.products for each in cells if each and parts and not each.meant)
        hexes = services.colours.hexes(row.word)
        href = _href(word=row.word)
        lines.append(WordLine(row.word, hexes, row.products, bool(parts), differing, href, cells))
    return WordCells(families, lines)


def _cell(word: str, family: str, products: int, whole: int, meant: bool) -> WordCell:
    share = products / whole
    href = _href(word=word, family=family)
    return WordCell(family, products, round(100 * share), ceil(STEPS * share), meant, href)


def _href(**given: str) -> str:
    return AskedProducts.model_validate(given).address("/products")
