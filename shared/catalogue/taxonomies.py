"""The apparel of Google's and Shopify's product taxonomies: their ids, names, and pieces.

The table ``taxonomies.csv`` has a row for each of their categories of apparel, accessories and
bags: ``taxonomy,id,parent,piece,name``. Ids and names are Google's (version 2021-09-21) and
Shopify's (2026-08, and those of earlier versions that it has dropped); the pieces are ours.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, Self

from shared.catalogue.kinds import Kind, NoPiece, Piece
from shared.catalogue.phrases import words_of

TABLE: Final = Path(__file__).with_name("taxonomies.csv")
GOOGLE: Final = "google"
SHOPIFY: Final = "shopify"
_PIECES: Final = {piece.value: piece for piece in Piece}

# "2271", "2271 - Apparel & Accessories > …"
_GOOGLE_ID = re.compile(r"\s*(\d{1,7})\s*(?:$|[-–—:]\s)")
# "aa-1-4", "gid://shopify/TaxonomyCategory/aa-1-4", either before ": name"
_SHOPIFY_ID = re.compile(
    r"\s*(?:gid://shopify/TaxonomyCategory/)?([a-z]{2}(?:-\d{1,4})*)\s*(?:$|[-–—:]\s)",
    re.IGNORECASE,
)


class TaxonomyNode(NamedTuple):
    """One category of a taxonomy; ``path`` ends in its name, those above it come before."""

    taxonomy: str
    id: str
    kind: Kind
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]


@dataclass(frozen=True)
class Taxonomies:
    """Every category by its taxonomy and id, and by the words of its path."""

    by_id: Mapping[tuple[str, str], TaxonomyNode]
    by_path: Mapping[tuple[str, ...], TaxonomyNode]

    @classmethod
    @cache
    def load(cls) -> Self:
        """Read the table; once a process."""
        by_id: dict[tuple[str, str], TaxonomyNode] = {}
        with TABLE.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                above = by_id.get((row["taxonomy"], row["parent"]))
                path = (*(above.path if above else ()), row["name"])
                node = TaxonomyNode(row["taxonomy"], row["id"], read_kind(row["piece"]), path)
                by_id[node.taxonomy, node.id] = node
        by_path: dict[tuple[str, ...], TaxonomyNode] = {}
        for node in by_id.values():
            by_path.setdefault(words_of(" > ".join(node.path)), node)
        return cls(by_id, by_path)

    def find(self, category: str) -> TaxonomyNode | None:
        """The category that a text names by its id or whole path; None where it names none.

        A category of Shopify's that is newer than the table counts as the one above it.
        """
        named = taxonomy_id(category)
        if named is not None:
            taxonomy, number = named
            while number:
                node = self.by_id.get((taxonomy, number))
                if node is not None:
                    return node
                number = number.rpartition("-")[0]
        return self.by_path.get(words_of(category)) if ">" in category else None


def taxonomy_id(category: str) -> tuple[str, str] | None:
    """The taxonomy and id that a text begins with, known or not.

    >>> taxonomy_id("2271"), taxonomy_id("gid://shopify/TaxonomyCategory/aa-1-4")
    (('google', '2271'), ('shopify', 'aa-1-4'))
    """
    google = _GOOGLE_ID.match(category)
    if google:
        return (GOOGLE, google[1])
    shopify = _SHOPIFY_ID.match(category)
    return (SHOPIFY, shopify[1].lower()) if shopify else None


def read_kind(word: str) -> Kind:
    """Read a cell of the column ``piece``. Raises ValueError for an unknown one."""
    return _PIECES.get(word) or NoPiece(word)
