"""Rows laid down on the disk, so that those of one product are found however far apart they are."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Final, cast

from producer.feeds.record import Record, Rejected
from shared.database.temporary import TemporaryDatabase

MOST_ROWS: Final = 10_000
"""The most rows of one product: they are held in memory together."""

_ROWS_AT_ONCE: Final = 1000


class RowSpool(TemporaryDatabase):
    """The rows of a feed by the family that each is of.

    A row may name its family in another way than the rest of it does; :meth:`alias` says so,
    before or after.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            "CREATE TABLE rows (number INTEGER PRIMARY KEY, family TEXT, line INTEGER, data TEXT)",
            "CREATE TABLE aliases (name TEXT PRIMARY KEY, family TEXT) WITHOUT ROWID",
        )
        self._names = names
        self._waiting: list[tuple[str, int, str]] = []

    def add(self, family: str, record: Record) -> None:
        """Lay down one row."""
        # Texts of other encodings hold surrogates, which JSON escapes and SQLite would refuse.
        key = family.encode("utf-8", "backslashreplace").decode("utf-8")
        values = None if isinstance(record.raw, list) else record.values
        data = json.dumps([values, record.raw], default=_as_text)
        self._waiting.append((key, record.line, data))
        if len(self._waiting) >= _ROWS_AT_ONCE:
            self._flush()

    def alias(self, name: str, family: str) -> None:
        """Let rows of the family ``name`` be of this one; the first to say so is right."""
        if name != family:
            self._database.execute(
                "INSERT OR IGNORE INTO aliases VALUES (?, ?)",
                tuple(
                    text.encode("utf-8", "backslashreplace").decode("utf-8")
                    for text in (name, family)
                ),
            )

    def families(self) -> Iterator[list[Record] | Rejected]:
        """Yield the rows of each family in their order, families in the order of their first row.

        Rows of a family beyond ``MOST_ROWS`` are rejected.
        """
        self._flush()
        self._database.execute(
            "UPDATE rows SET family = aliases.family FROM aliases WHERE aliases.name = rows.family"
        )
        self._database.execute("CREATE INDEX by_family ON rows (family, number)")
        order = "SELECT family FROM rows GROUP BY family ORDER BY MIN(number)"
        query = "SELECT line, data FROM rows WHERE family = ? ORDER BY number"
        with closing(self._database.execute(order)) as families:
            for (family,) in families:
                with closing(self._database.execute(query, (family,))) as rows:
                    yield [self._record(*row) for row in rows.fetchmany(MOST_ROWS)]
                    for row in rows:
                        record = self._record(*row)
                        reason = f"the product has {MOST_ROWS:,} rows already"
                        yield Rejected(record.line, reason, record.raw)

    def _flush(self) -> None:
        self._write("INSERT INTO rows (family, line, data) VALUES (?, ?, ?)", self._waiting)
        self._waiting = []

    def _record(self, line: int, data: str) -> Record:
        values, raw = cast("tuple[dict[str, object] | None, object]", json.loads(data))
        if values is None:
            values = dict(zip(self._names, cast("list[str]", raw), strict=False))
        return Record(line, values, raw)


def by_family(
    rows: Iterable[Record | Rejected],
    names: Sequence[str],
    family_of: Callable[[Record, RowSpool], str | None],
    expand: Callable[[list[Record]], Iterable[Record]],
) -> Iterator[Record | Rejected]:
    """Put the rows of each family together, and yield what ``expand`` makes of them.

    ``family_of`` names a row's family, and may note aliases; a row without one is a family alone.
    """
    with RowSpool(names) as spool:
        for row in rows:
            if isinstance(row, Rejected):
                yield row
            else:
                spool.add(family_of(row, spool) or f"\0{row.line}", row)
        for family in spool.families():
            if isinstance(family, Rejected):
                yield family
            else:
                yield from expand(family)


def in_blocks(
    rows: Iterable[Record | Rejected],
    begins: Callable[[Record], bool],
    expand: Callable[[list[Record]], Iterable[Record]],
) -> Iterator[Record | Rejected]:
    """As :func:`by_family`, where only the order says what belongs together.

    A family begins with each row of which ``begins`` says so, as those exporters guarantee whose
    further rows name no product.
    """
    block: list[Record] = []
    for row in rows:
        if isinstance(row, Rejected):
            yield row
        elif block and not begins(row):
            if len(block) >= MOST_ROWS:
                yield Rejected(row.line, f"the product has {MOST_ROWS:,} rows already", row.raw)
            else:
                block.append(row)
        else:
            yield from expand(block)
            block = [row]
    yield from expand(block)


def _as_text(value: object) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
