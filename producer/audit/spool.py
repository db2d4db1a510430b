"""Findings and item groups of an audit: on disk, so that one of any length fits in memory."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby

from producer.audit.finding import Finding
from producer.audit.kind import FindingKind
from producer.audit.lexicon import plain
from producer.catalogue.main_colours import own_shades
from producer.catalogue.reader import AnsweredProduct
from shared.database.temporary import TemporaryDatabase


class Spool(TemporaryDatabase):
    """Keeps findings, and of each item group one product for each name it gives a colour."""

    def __init__(self) -> None:
        super().__init__(
            "CREATE TABLE findings (kind TEXT, sureness REAL, body TEXT)",
            "CREATE TABLE variants (catalogue_id INTEGER, item_group TEXT, name TEXT,"
            " product_id INTEGER, confidence REAL,"
            " PRIMARY KEY (catalogue_id, item_group, name)) WITHOUT ROWID",
        )

    def keep(self, findings: Iterable[Finding]) -> int:
        """Keep findings; return how many."""
        rows = [(each.kind, each.sureness, json.dumps(each.to_json())) for each in findings]
        self._write("INSERT INTO findings VALUES (?, ?, ?)", rows)
        return len(rows)

    def keep_variants(self, products: Iterable[AnsweredProduct]) -> None:
        """Keep products with a group, a name and an own colour, the surest for each name."""
        rows = [
            (each.catalogue_id, each.item_group, name, each.id, each.confidence or 0.0)
            for each in products
            if each.item_group and own_shades(each) and (name := plain(each.merchant_colour or ""))
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

    def findings(self, kind: FindingKind, limit: int | None = None) -> Iterator[Finding]:
        """Yield findings of a kind, the surest first."""
        query = "SELECT body FROM findings WHERE kind = ? ORDER BY sureness DESC, rowid LIMIT ?"
        for (body,) in self._database.execute(query, (kind, -1 if limit is None else limit)):
            yield Finding.from_json(json.loads(body))
