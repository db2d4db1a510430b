"""A table of the shop's words and the families that were found for them, with counts."""

from collections.abc import Mapping
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from shared.database.search_rows import SearchRow

MOST_WORDS: Final = 60
"""So many words are shown, the most frequent ones."""

FRESH_S: Final = 60.0
"""How long counts are shown before they are made again: of millions they take a second."""


class WordRow(NamedTuple):
    """A shop's word, and how many of its products have each family."""

    word: str
    products: int
    families: Mapping[str, int]


class WordTable:
    """Counts words and families, and remembers what it counted for a minute. Threads may share it.

    Args:
        fresh_s: for how long, in seconds.
    """

    def __init__(self, fresh_s: float = FRESH_S) -> None:
        self._fresh_s = fresh_s
        self._lock = Lock()
        self._made: dict[int | None, tuple[float, list[WordRow]]] = {}

    def rows(self, connection: Connection, catalogue_id: int | None = None) -> list[WordRow]:
        """Return the most frequent words of a catalogue, or of all, the most frequent first."""
        with self._lock:
            made = self._made.get(catalogue_id)
            if made is None or monotonic() - made[0] > self._fresh_s:
                made = self._made[catalogue_id] = (
                    monotonic(),
                    self._count(connection, catalogue_id),
                )
            return made[1]

    def _count(self, connection: Connection, catalogue_id: int | None) -> list[WordRow]:
        given: list[ColumnElement[bool]] = [
            SearchRow.word.is_not(None),
            SearchRow.family.is_not(None),
        ]
        if catalogue_id is not None:
            given.append(SearchRow.catalogue_id == catalogue_id)
        cells = (
            select(SearchRow.word, SearchRow.family, func.count().label("products"))
            .where(*given)
            .group_by(SearchRow.word, SearchRow.family)
            .cte("cells")
        )
        total = func.sum(cells.c.products).label("total")
        words = (
            select(cells.c.word, total)
            .group_by(cells.c.word)
            .order_by(total.desc(), cells.c.word)
            .limit(MOST_WORDS)
            .cte("words")
        )
        query = select(words.c.word, words.c.total, cells.c.family, cells.c.products).join(
            cells, cells.c.word == words.c.word
        )
        found: dict[str, tuple[int, dict[str, int]]] = {}
        for word, count, family, products in connection.execute(query):
            found.setdefault(word, (int(count), {}))[1][family] = products
        rows = [WordRow(word, count, families) for word, (count, families) in found.items()]
        return sorted(rows, key=lambda row: (-row.products, row.word))
