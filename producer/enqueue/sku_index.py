"""The skus that a feed has named so far: on disk, so that a feed of any length fits in memory."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Final

from shared.database.temporary import TemporaryDatabase

_CACHE_KIB: Final = 32_768
"""Skus come in no order, so any part of the index may be needed next: most of it, for a million."""


class SkuIndex(TemporaryDatabase):
    """For each sku of one feed: how many pictures the feed has given it.

    A feed may name a sku again far below, with another picture; and which of a product's pictures
    the feed no longer names is known only when it has been read to its end.
    """

    def __init__(self) -> None:
        super().__init__(
            "CREATE TABLE given (sku TEXT PRIMARY KEY, page INTEGER, pictures INTEGER,"
            " product_id INTEGER, stored INTEGER DEFAULT 0, whole INTEGER DEFAULT 1) WITHOUT ROWID",
            cache_kib=_CACHE_KIB,
        )
        self._page = 0
        self._known: set[str] = set()

    def add(self, pictures: Mapping[str, int]) -> dict[str, int]:
        """Note the skus of a page, and how many pictures it gives each.

        Returns how many the feed had given those that it has named before.
        """
        self._page += 1
        self._known = set()
        before = self._database.total_changes
        self._write(
            "INSERT OR IGNORE INTO given (sku, page, pictures) VALUES (?, ?, ?)",
            # Sorted, so that one page of the tree takes several of them.
            [(sku, self._page, given) for sku, given in sorted(pictures.items())],
        )
        if self._database.total_changes - before == len(pictures):
            return {}  # all are new, as nearly always
        marks = ",".join("?" * len(pictures))
        query = f"SELECT sku, pictures FROM given WHERE page <> ? AND sku IN ({marks})"  # noqa: S608
        known = dict(self._database.execute(query, (self._page, *pictures)))
        self._known = set(known)
        return {sku: given for sku, given in known.items() if given}

    def note(self, pictures: Mapping[str, tuple[int | None, int, int]]) -> None:
        """Note for each sku of the page its product's id, its pictures given, and those stored.

        The id is None for a product that is not stored. What :meth:`add` has noted is written again
        only where that tells more: where the feed had named the sku before, or gives fewer pictures
        than are stored.
        """
        self._write(
            "UPDATE given SET product_id = ?, pictures = ?, stored = ? WHERE sku = ?",
            (
                (product_id, given, stored, sku)
                for sku, (product_id, given, stored) in pictures.items()
                if stored > given or sku in self._known
            ),
        )

    def note_rejected(self, sku: str) -> None:
        """Note that a row of this sku was rejected: which pictures it named is not known."""
        self._database.execute(
            "INSERT INTO given (sku, page, pictures, whole) VALUES (?, 0, 0, 0)"
            " ON CONFLICT (sku) DO UPDATE SET whole = 0",
            (sku,),
        )

    def surplus(self, page: int = 1000) -> Iterator[list[tuple[int, int]]]:
        """Yield pages of products with more pictures stored than given: their id, and the number.

        Products of which a row was rejected are left out.
        """
        with closing(
            self._database.execute(
                "SELECT product_id, pictures FROM given"
                " WHERE stored > pictures AND whole AND product_id IS NOT NULL"
            )
        ) as found:
            while rows := found.fetchmany(page):
                yield rows
