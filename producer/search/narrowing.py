"""A filter as conditions that PostgreSQL plans well: rare words are looked up first.

The planner knows nothing of how many products have a word that begins so; it would walk through
all of them by their ids for the one that has it. So the index of words is asked first, and where
it knows few products, these are named.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, literal, select, text

from producer.search.product_filter import ProductFilter
from shared.database.engine import among
from shared.database.search_rows import SearchRow

RARE: Final = 2000
"""Of so many products words are rare; they are named by their ids."""


def narrowed(connection: Connection, wanted: ProductFilter) -> list[ColumnElement[bool]]:
    """Return what the database checks for a filter."""
    on_postgres = connection.dialect.name == "postgresql"
    words = wanted.words(on_postgres=on_postgres)
    others = wanted.conditions()
    if not words or not on_postgres:
        return [*words, *others]
    with by_index_of_words(connection):
        found = connection.scalars(select(SearchRow.product_id).where(*words).limit(RARE + 1)).all()
    if len(found) > RARE:
        return [*words, *others]
    return [among(connection, SearchRow.product_id, found), *others]


def count_up_to(connection: Connection, wanted: ProductFilter, most: int) -> int:
    """Count the products that a filter lets in, up to one more than ``most``."""
    conditions = narrowed(connection, wanted)
    some = select(literal(1)).select_from(SearchRow).where(*conditions).limit(most + 1).subquery()
    query = select(func.count()).select_from(some)
    if wanted.text and connection.dialect.name == "postgresql":
        with by_index_of_words(connection):
            return connection.scalar(query) or 0
    return connection.scalar(query) or 0


@contextmanager
def by_index_of_words(connection: Connection) -> Generator[None]:
    """Have PostgreSQL look words up, for the statements of the block."""
    kinds = ("seqscan", "indexscan", "indexonlyscan")
    for kind in kinds:
        connection.execute(text(f"SET LOCAL enable_{kind} = off"))
    yield
    for kind in kinds:
        connection.execute(text(f"SET LOCAL enable_{kind} = on"))
