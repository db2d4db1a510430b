"""A filter as conditions that PostgreSQL plans well: words are looked up first.

The planner knows nothing of how many products have a word that begins so; it would walk through
all of them by their ids for the one that has it. So the index of words is asked first, and where
it knows few products, these are named.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, literal, select, text

from producer.search.product_filter import ProductFilter
from shared.database.engine import among
from shared.database.search_rows import SearchRow

COUNTED: Final = 10_000
"""So many products are counted; of more it is said that there are more. Words that fewer have are
looked up by the ids of their products."""


class Narrowed(NamedTuple):
    """What the database checks for a filter; ``many`` says that more than COUNTED products pass."""

    conditions: Sequence[ColumnElement[bool]]
    many: bool = False


def narrowed(connection: Connection, wanted: ProductFilter) -> Narrowed:
    """Return what the database checks for a filter."""
    on_postgres = connection.dialect.name == "postgresql"
    words, others = wanted.words(on_postgres=on_postgres), wanted.conditions()
    if not words or not on_postgres:
        return Narrowed([*words, *others])
    with _by_index_of_words(connection):
        having = select(SearchRow.product_id).where(*words).limit(COUNTED + 1)
        found = connection.scalars(having).all()
    if len(found) > COUNTED:
        return Narrowed([*words, *others], many=not others)
    return Narrowed([among(connection, SearchRow.product_id, found), *others])


def count_up_to(connection: Connection, narrow: Narrowed, most: int) -> int:
    """Count the products that a filter lets in, up to one more than ``most``."""
    if narrow.many and most <= COUNTED:
        return most + 1
    conditions = narrow.conditions
    some = select(literal(1)).select_from(SearchRow).where(*conditions).limit(most + 1).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


@contextmanager
def _by_index_of_words(connection: Connection) -> Generator[None]:
    """Have PostgreSQL look words up, for the statements of the block."""
    kinds = ("seqscan", "indexscan", "indexonlyscan")
    for kind in kinds:
        connection.execute(text(f"SET LOCAL enable_{kind} = off"))
    yield
    for kind in kinds:
        connection.execute(text(f"SET LOCAL enable_{kind} = on"))
