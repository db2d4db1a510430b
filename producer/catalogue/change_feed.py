"""Which products changed since somebody last asked: none is missed, however late it is committed.

A time or a sequence would miss some: who takes a number first may commit last, when the reader is
past it. So a trigger notes in ``products.changed_in`` which transaction wrote a row last, and the
feed stops before the first transaction that is still open: whatever that writes comes later. A
product that changes again meanwhile moves to the end, so it is told once, or again, never not at
all. On SQLite, which has one writer at a time, the number counts up with each row, or is the time
in milliseconds where that is more. So where many rows were written at once, and the newest of them
is deleted before the clock has passed its number, that number is given again, and one may be
missed.

A feed begins by telling every product by its id (``all``), then those that changed since that
began (``since``). A product that was deleted is not told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, Self

from sqlalchemy import Connection, func, select, text, tuple_

from producer.catalogue.tokens import from_token, to_token
from shared.database.models import Product
from shared.errors import ColourwayError

LARGEST: Final = 2**62
MOST: Final = 1000
"""How many products are told at once, at most."""


class StaleCursor(ColourwayError):
    """A cursor is none, or of another database: begin again without one."""


@dataclass(frozen=True, slots=True)
class ChangeCursor:
    """Where a reader stands.

    ``phase`` is ``all`` or ``since``; ``number`` is the transaction from which changes are told,
    or behind which with ``key``, the last product's id. ``database`` tells one from another:
    transactions are numbered anew in one that was restored from a dump.
    """

    phase: Literal["all", "since"]
    number: int
    key: int
    database: str

    def __str__(self) -> str:
        """Write it as a text that fits into a URL."""
        return to_token([self.phase, self.number, self.key, self.database])

    @classmethod
    def read(cls, given: str) -> Self:
        """Read what :meth:`__str__` wrote. Raises :class:`StaleCursor`."""
        try:
            phase, number, key, database = from_token(given)
            whole = all(type(n) is int and 0 <= n <= LARGEST for n in (number, key))
            if phase not in ("all", "since") or not whole or not isinstance(database, str):
                raise ValueError(given)
        except (ValueError, TypeError) as error:
            raise StaleCursor(
                "this is no cursor of changes; leave it out to begin again"
            ) from error
        return cls(phase, number, key, database)


class ChangedProducts(NamedTuple):
    """Products that changed; ``more`` says that others are waiting to be told."""

    ids: Sequence[int]
    cursor: ChangeCursor
    more: bool


def changed_products(
    connection: Connection, cursor: ChangeCursor | None = None, limit: int = MOST
) -> ChangedProducts:
    """Return the next products that changed since a cursor, all of them from the first without one.

    On PostgreSQL the transaction must be READ COMMITTED, as all of ours are. Raises
    :class:`StaleCursor` for a cursor of another database.
    """
    limit = min(max(limit, 1), MOST)
    database, horizon = _here(connection)
    at = cursor or ChangeCursor("all", horizon, 0, database)
    if at.database != database or at.number > horizon:
        raise StaleCursor("the cursor is of another database; leave it out to begin again")
    if at.phase == "all":
        query = select(Product.id).where(Product.id > at.key).order_by(Product.id)
        ids = connection.scalars(query.limit(limit + 1)).all()
        if len(ids) > limit:
            return ChangedProducts(ids[:limit], replace(at, key=ids[limit - 1]), more=True)
        # What changed while all were told is told now: from the first number that was open.
        return ChangedProducts(ids, ChangeCursor("since", at.number, 0, database), more=True)
    place = tuple_(Product.changed_in, Product.id)
    rows = connection.execute(
        select(Product.id, Product.changed_in)
        .where(place > tuple_(at.number, at.key), Product.changed_in < horizon)
        .order_by(Product.changed_in, Product.id)
        .limit(limit + 1)
    ).all()
    told = rows[:limit]
    if told:
        at = replace(at, number=told[-1].changed_in, key=told[-1].id)
    return ChangedProducts([row.id for row in told], at, more=len(rows) > limit)


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
    newest = connection.scalar(select(func.max(Product.changed_in))) or 0
    return "sqlite", newest + 1
