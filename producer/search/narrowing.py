"""A filter as conditions that PostgreSQL plans well: words are looked up first.

The planner knows nothing of how many products have a word that begins so. So the index of words is
asked first, for the rarer words, part by part, and not beyond where it is known that many products
have them. Where few have, these are named; where many have, a page is soon full of those that come
next in its order.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    true,
    union_all,
)

from producer.search.product_filter import ProductFilter, have_words
from producer.search.words import asked_words
from shared.database.engine import among
from shared.database.search_rows import WORD_PARTS, SearchRow

COUNTED: Final = 10_000
"""So many products are counted; of more it is said that there are more. Words that fewer have are
looked up by the ids of their products."""

FREQUENT: Final = 0.01
"""Words that this part of the products have, or more, are frequent."""

_FREQUENT: Final = text(
    "SELECT word FROM pg_stats,"
    " LATERAL unnest(CAST(CAST(most_common_elems AS text) AS text[]), most_common_elem_freqs)"
    " AS known(word_known, share),"
    " unnest(CAST(:asked AS text[])) AS word"
    " WHERE schemaname = current_schema() AND tablename = 'product_search' AND attname = 'words'"
    " AND starts_with(word_known, word) GROUP BY word HAVING sum(share) >= :share"
)

_LOOKING_UP: Final = {
    "enable_seqscan": "off",
    "enable_indexscan": "off",
    "enable_indexonlyscan": "off",
    "work_mem": "32MB",  # with less it would note pages instead of rows, and read all on them
}


class Narrowed(NamedTuple):
    """What the database checks for a filter; ``many`` says that more than COUNTED products pass.

    Where the words alone let so many pass, ``others`` are the conditions beside them; else None.
    """

    conditions: Sequence[ColumnElement[bool]]
    many: bool = False
    others: Sequence[ColumnElement[bool]] | None = None


def narrowed(connection: Connection, wanted: ProductFilter) -> Narrowed:
    """Return what the database checks for a filter."""
    on_postgres = connection.dialect.name == "postgresql"
    words, others = wanted.words(on_postgres=on_postgres), wanted.conditions()
    asked = asked_words(wanted.text)
    if not asked or not on_postgres:
        return Narrowed([*words, *others])
    frequent = _frequent(connection, asked)
    rare = [word for word in asked if word not in frequent]
    looked_up = [have_words(SearchRow.words, rare or asked)]
    if rare and frequent:
        # In a form that no index answers: of what has the rare words it is read in the table.
        looked_up.append(have_words(SearchRow.words, frequent).is_(true()))
    # In literal numbers, by which PostgreSQL knows each part's index.
    parts = [
        select(SearchRow.product_id).where(
            *looked_up,
            SearchRow.product_id % literal_column(f"{WORD_PARTS}") == literal_column(f"{part}"),
        )
        for part in range(WORD_PARTS)
    ]
    with _by_index_of_words(connection):
        having = union_all(*parts).limit(COUNTED + 1).subquery()
        # As one text: ten thousand rows would take the driver longer than their search.
        ids = func.string_agg(cast(having.c.product_id, Text), ",")
        count = func.count()
        query = select(count, case((count <= COUNTED, ids))).select_from(having)
        products, found = connection.execute(query).one()
    if products > COUNTED:
        return Narrowed([*words, *others], many=not others, others=others)
    keys = map(int, found.split(",")) if found else ()
    return Narrowed([among(connection, SearchRow.product_id, keys), *others])


def _frequent(connection: Connection, asked: Sequence[str]) -> Sequence[str]:
    """Return which of several words many products have, as far as PostgreSQL has noted it.

    Right or wrong, that decides how they are found, not which.
    """
    if len(asked) < 2:
        return ()
    return connection.scalars(_FREQUENT, {"asked": list(asked), "share": FREQUENT}).all()


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
    names = [*_LOOKING_UP]
    before = connection.execute(select(*(func.current_setting(name) for name in names))).one()
    _set(connection, _LOOKING_UP)
    yield
    _set(connection, dict(zip(names, before, strict=True)))


def _set(connection: Connection, values: Mapping[str, str]) -> None:
    """Set what PostgreSQL plans by, until the transaction ends."""
    connection.execute(select(*(func.set_config(*each, True) for each in values.items())))
