"""Findings and item groups of an audit: on disk, so that one of any length fits in memory."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from types import TracebackType
from typing import Final, Self

from producer.answered import AnsweredProduct
from producer.audit.finding import Finding
from producer.audit.kind import Kind
from producer.audit.lexicon import plain

_CACHE_KIB: Final = 8192


class Spool:
    """Keeps findings, and of each item group one product for each name it gives a colour."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # "": a private file that goes
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{_CACHE_KIB}",
            "CREATE TABLE findings (kind TEXT, sureness REAL, body TEXT)",
            "CREATE TABLE variants (catalogue_id INTEGER, item_group TEXT, name TEXT,"
            " product_id INTEGER, confidence REAL,"
            " PRIMARY KEY (catalogue_id, item_group, name)) WITHOUT ROWID",
        ):
            self._database.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def keep(self, findings: Iterable[Finding]) -> int:
        """Keep findings; return how many."""
        rows = [(each.kind, each.sureness, json.dumps(each.to_json())) for each in findings]
        self._write("INSERT INTO findings VALUES (?, ?, ?)", rows)
        return len(rows)

    def keep_variants(self, products: Iterable[AnsweredProduct]) -> None:
        """Keep products that have a group, a name and a colour, the most certain for each name."""
        rows = [
            (each.catalogue_id, each.item_group, name, each.id, each.confidence or 0.0)
            for each in products
            if each.item_group and each.shades and (name := plain(each.merchant_colour or ""))
        ]
        self._write(
            "INSERT INTO variants VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " product_id = excluded.product_id, confidence = excluded.confidence"
            " WHERE excluded.confidence > confidence",
            rows,
        )

    def groups(self) -> Iterator[list[int]]:
        """Yield the products of each item group that has several names: their ids."""
        rows = self._database.execute(
            "SELECT catalogue_id, item_group, product_id FROM variants"
            " ORDER BY catalogue_id, item_group, product_id"
        )
        for _, members in groupby(rows, key=lambda row: row[:2]):
            ids = [row[2] for row in members]
            if len(ids) > 1:
                yield ids

    def findings(self, kind: Kind, limit: int | None = None) -> Iterator[Finding]:
        """Yield findings of a kind, the surest first."""
        query = "SELECT body FROM findings WHERE kind = ? ORDER BY sureness DESC, rowid LIMIT ?"
        for (body,) in self._database.execute(query, (kind, -1 if limit is None else limit)):
            yield Finding.from_json(json.loads(body))

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        # Nothing here is ever rolled back; one transaction is only faster than a thousand.
        self._database.execute("BEGIN")
        self._database.executemany(statement, rows)
        self._database.execute("COMMIT")
