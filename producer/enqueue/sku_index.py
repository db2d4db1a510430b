"""The skus that a feed has named so far: on disk, so that a feed of any length fits in memory."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

from shared.database.temporary import TemporaryDatabase


class SkuIndex(TemporaryDatabase):
    """For each sku of one feed: how many pictures the feed has given it.

    A feed may name a sku again far below, with another picture; and which of a product's pictures
    the feed no longer names is known only when it has been read to its end.
    """

    def __init__(self) -> None:
        super().__init__(
            "CREATE TABLE given (sku TEXT PRIMARY KEY, product_id INTEGER, pictures INTEGER,"
            " stored INTEGER, whole INTEGER DEFAULT 1) WITHOUT ROWID"
        )

    def given(self, skus: Iterable[str]) -> dict[str, int]:
        """Return how many pictures the feed has given so far; skus that are new are left out."""
        asked = list(skus)
        marks = ",".join("?" * len(asked))
        query = f"SELECT sku, pictures FROM given WHERE pictures > 0 AND sku IN ({marks})"  # noqa: S608
        return dict(self._database.execute(query, asked))

    def note(self, pictures: Mapping[str, tuple[int | None, int, int]]) -> None:
        """Note for each sku its product's id, its pictures given, and its pictures stored before.

        The id is None for a product that is not stored.
        """
        self._write(
            "INSERT INTO given (sku, product_id, pictures, stored) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (sku) DO UPDATE SET product_id = excluded.product_id,"
            " pictures = excluded.pictures, stored = excluded.stored",
            ((sku, *counts) for sku, counts in pictures.items()),
        )

    def note_rejected(self, sku: str) -> None:
        """Note that a row of this sku was rejected: which pictures it named is not known."""
        self._database.execute(
            "INSERT INTO given (sku, pictures, stored, whole) VALUES (?, 0, 0, 0)"
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
