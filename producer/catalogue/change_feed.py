"""Which products changed since somebody last asked: none is missed, however late it is committed.

A time or a sequence would miss some: who takes a number first may commit last, when the reader is
past it. So a trigger notes in ``products.changed_in`` which transaction wrote a row last, and the
feed stops before the first transaction that is still open: whatever that writes comes later. A
product that changes again meanwhile moves to the end, so it is told once, or again, never not at
all. A product that is deleted leaves a row in ``deleted_products``, with a number of the same kind.

On SQLite, which has one writer at a time, each row that is written or deleted gets the next number
of ``change_numbers``, or the time in milliseconds where that is more: none comes again.

A feed begins by telling every product by its id (``all``), then those that changed or were deleted
since that began (``since``). Deletions are known for a time, so a reader who has not been told
everything for so long must begin again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple, Self

from sqlalchemy import Connection, Select, select, text, tuple_

from producer.catalogue.tokens import from_token, to_token
from shared.database.change_rows import ChangeNumber, DeletedProduct
from shared.database.models import Product
from shared.errors import ColourwayError

LARGEST: Final = 2**62
MOST: Final = 1000
"""How many products are told at once, at most."""

GOOD_DAYS: Final = 30
"""So long a cursor is good: less than the 35 days for which rows of deleted products stay."""

_DAY_S: Final = 86_400


class StaleCursor(ColourwayError):
    """A cursor is none, too old, or of another database: begin again without one."""


def _today() -> int:
    return int(time.time() // _DAY_S)


@dataclass(frozen=True, slots=True)
class ChangeCursor:
    """Where a reader stands.

    ``phase`` is ``all`` or ``since``; ``number`` is the transaction from which changes are told,
    or behind which with ``key``, the last product's id. ``database`` tells one from another:
    transactions are numbered anew in one that was restored from a dump. ``day`` is when the
    reader began, or had last been told everything, in days since 1970.
    """

    phase: Literal["all", "since"]
    number: int
    key: int
    database: str
    day: int = field(default_factory=_today)

    def __str__(self) -> str:
        """Write it as a text that fits into a URL."""
        return to_token([self.phase, self.number, self.key, self.database, self.day])

    @classmethod
    def read(cls, given: str) -> Self:
        """Read what :meth:`__str__` wrote. Raises :class:`StaleCursor`."""
        try:
            phase, number, key, database, day = from_token(given)
            whole = all(type(n) is int and 0 <= n <= LARGEST for n in (number, key, day))
            if phase not in ("all", "since") or not whole or not isinstance(database, str):
                raise ValueError(given)
        except (ValueError, TypeError) as error:
            raise StaleCursor(
                "this is no cursor of changes; leave it out to begin again"
            ) from error
        return cls(phase, number, key, database, day)


class GoneProduct(NamedTuple):
    """A product that was deleted. Its ``id`` is another's one day on SQLite, and told as that's."""

    id: int
    sku: str


class ChangedProducts(NamedTuple):
    """Products that changed or were deleted; ``more`` says that others are waiting to be told.

    What was ``deleted`` is removed first: on SQLite one of ``ids`` may be that of a later product.
    """

    ids: Sequence[int]
    deleted: Sequence[GoneProduct]
    cursor: ChangeCursor
    more: bool


def changed_products(
    connection: Connection, cursor: ChangeCursor | None = None, limit: int = MOST
) -> ChangedProducts:
    """Return the next products that changed since a cursor, all of them from the first without one.

    On PostgreSQL the transaction must be READ COMMITTED, as all of ours are. Raises
    :class:`StaleCursor` for a cursor that is too old, or of another database.
    """
    limit = min(max(limit, 1), MOST)
    database, horizon = _here(connection)
    at = cursor or ChangeCursor("all", horizon, 0, database)
    if at.database != database or at.number > horizon:
        raise StaleCursor("the cursor is of another database; leave it out to begin again")
    if at.day < _today() - GOOD_DAYS:
        raise StaleCursor(
            f"the cursor is older than {GOOD_DAYS} days, and what was deleted is not known for"
            " longer; leave it out to begin again, and remove what is not told then"
        )
    if at.phase == "all":
        return _all(connection, at, limit)
    return _since(connection, at, horizon, limit)


def _all(connection: Connection, at: ChangeCursor, limit: int) -> ChangedProducts:
    query = select(Product.id).where(Product.id > at.key).order_by(Product.id)
    ids = connection.scalars(query.limit(limit + 1)).all()
    if len(ids) > limit:
        return ChangedProducts(ids[:limit], [], replace(at, key=ids[limit - 1]), more=True)
    # What changed while all were told is told now: from the first number that was open.
    return ChangedProducts(ids, [], replace(at, phase="since", key=0), more=True)


def _since(connection: Connection, at: ChangeCursor, horizon: int, limit: int) -> ChangedProducts:
    products = select(Product.changed_in, Product.id)
    gone = select(DeletedProduct.changed_in, DeletedProduct.product_id, DeletedProduct.sku)
    changed = connection.execute(_behind(products, at, horizon, limit)).all()
    deleted = connection.execute(_behind(gone, at, horizon, limit)).all()
    places = sorted((row[0], row[1]) for row in (*changed, *deleted))
    if told := places[:limit]:
        at = replace(at, number=told[-1][0], key=told[-1][1])
    more = len(places) > limit
    here = (at.number, at.key)
    return ChangedProducts(
        [row[1] for row in changed if (row[0], row[1]) <= here],
        [GoneProduct(row[1], row[2]) for row in deleted if (row[0], row[1]) <= here],
        at if more else replace(at, day=_today()),
        more,
    )


def _behind(
    rows: Select[*tuple[Any, ...]], at: ChangeCursor, horizon: int, limit: int
) -> Select[*tuple[Any, ...]]:
    """Return the query for the rows behind a place, by number and id; one more than are told."""
    number, key, *_ = rows.selected_columns
    behind = tuple_(number, key) > tuple_(at.number, at.key)
    return rows.where(behind, number < horizon).order_by(number, key).limit(limit + 1)


def _here(connection: Connection) -> tuple[str, int]:
    """Return what tells this database from others, and the first number that is still open."""
    if connection.dialect.name == "postgresql":
        # In a statement of its own, before the rows are read: they are seen no earlier than this.
        query = (
            "SELECT CAST(system_identifier AS text) || '-' || CAST(d.oid AS text),"
            " CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
            " FROM pg_control_system(), pg_database d WHERE d.datname = current_database()"
        )
        database, horizon = connection.execute(text(query)).one()
        return str(database), int(horizon)
    # Read in the same snapshot as the rows.
    newest = connection.scalar(select(ChangeNumber.number)) or 0
    return "sqlite", newest + 1
