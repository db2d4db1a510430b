"""The keys of stored pictures that rows name: read page by page, remembered on disk."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import BinaryExpression, Connection, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from shared.contracts.results import StoredKind, outfit_beside
from shared.database.models import Product, ProductImage, StagedResult
from shared.database.temporary import TemporaryDatabase

ROWS: Final = 5000
"""Rows of a page."""

_CACHE_KIB: Final = 65_536
_TABLES: Final = (
    "CREATE TABLE named (digest INTEGER PRIMARY KEY)",
    "CREATE TABLE deleted (digest INTEGER PRIMARY KEY)",
)


class NamedKeys(TemporaryDatabase):
    """Which keys are named by rows, and which were deleted: eight bytes of each, for millions.

    Two keys may share their eight bytes: then a picture that nobody names is kept.
    """

    def __init__(self) -> None:
        super().__init__(*_TABLES, cache_kib=_CACHE_KIB)

    def __len__(self) -> int:
        return self._database.execute("SELECT count(*) FROM named").fetchone()[0]

    def add(self, keys: Iterable[str]) -> None:
        """Note keys that rows name."""
        self._note("named", keys)

    def add_deleted(self, keys: Iterable[str]) -> None:
        """Note keys that were deleted."""
        self._note("deleted", keys)

    def named(self, keys: Iterable[str]) -> set[str]:
        """Return those of a page's keys that rows name."""
        return self._found("named", keys)

    def deleted(self, keys: Iterable[str]) -> set[str]:
        """Return those of a page's keys that were deleted."""
        return self._found("deleted", keys)

    def _note(self, table: str, keys: Iterable[str]) -> None:
        digests = sorted({_digest(key) for key in keys})
        statement = f"INSERT OR IGNORE INTO {table} VALUES (?)"  # noqa: S608  # one of ours
        self._write(statement, ((digest,) for digest in digests))

    def _found(self, table: str, keys: Iterable[str]) -> set[str]:
        query = f"SELECT 1 FROM {table} WHERE digest = ?"  # noqa: S608
        return {key for key in keys if self._database.execute(query, (_digest(key),)).fetchone()}


def _digest(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)


def read_keys(connection: Connection, since: datetime | None = None) -> Iterator[list[str]]:
    """Yield the keys that rows name, a page of rows at a time: of all, or of those written since.

    Products, their pictures, and staged results, of which those that were replaced by a promotion
    stay named as long as it can be rolled back.
    """
    for model in (Product, ProductImage):
        columns = {name: getattr(model, name) for name in (*_KEYS, "provenance")}
        yield from _pages(connection, [model.id], model.enriched_at, [columns], since)
    order = [StagedResult.batch_id, StagedResult.product_id, StagedResult.image_id]
    kept = [
        {name: column[name] for name in (*_KEYS, "provenance")}
        for column in (StagedResult.result, StagedResult.before)
    ]
    yield from _pages(connection, order, StagedResult.made_at, kept, since)


_KEYS: Final = ("cutout_key", "crop_key", "thumbnail_key")


def _pages(
    connection: Connection,
    order: Sequence[InstrumentedAttribute[int]],
    written_at: InstrumentedAttribute[Any],
    places: Sequence[dict[str, Any]],
    since: datetime | None,
) -> Iterator[list[str]]:
    """Yield the keys of one table, whose rows hold them in one place or in several."""
    chosen: list[Any] = []
    for place in places:
        chosen += [_text(place[name]) for name in _KEYS]
        chosen.append(_text(place["provenance"]["stored"]))
    query = select(*order, *chosen).order_by(*order).limit(ROWS)
    if since is not None:
        query = query.where(written_at >= since)
    width, page = len(order), query
    while rows := connection.execute(page).all():
        yield list(_keys_of(rows, width))
        page = query.where(tuple_(*order) > tuple_(*map(literal, rows[-1][:width])))


def _text(column: Any) -> Any:
    """Return a column as text; a place within JSON as what stands there."""
    return column.as_string() if isinstance(column, BinaryExpression) else column


def _keys_of(rows: Sequence[Sequence[Any]], width: int) -> Iterator[str]:
    step = len(_KEYS) + 1
    for row in rows:
        for start in range(width, len(row), step):
            cutout, *others, stored = row[start : start + step]
            yield from (key for key in (cutout, *others) if key)
            if cutout and StoredKind.OUTFIT in (stored or ""):
                yield outfit_beside(cutout)
