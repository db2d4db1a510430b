"""Search rows follow the feed of changes."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select, update

from producer.catalogue.change_feed import GOOD_DAYS, ChangeCursor
from producer.catalogue.tokens import from_token, to_token
from producer.search.indexing import rows_behind
from shared.database.search_rows import SearchProgress, SearchRow
from tests.support.catalogue.followed import delete, ids
from tests.support.catalogue.searched import add_colours, make_rows

__all__ = ["ids"]  # a fixture


def an_earlier_versions(cursor: str) -> str:
    return to_token(from_token(cursor)[:4])


def an_old_one(cursor: str) -> str:
    at = ChangeCursor.read(cursor)
    return str(replace(at, day=at.day - GOOD_DAYS - 1))


@pytest.mark.parametrize("other", [an_earlier_versions, an_old_one])
def test_a_cursor_that_is_good_no_more_begins_anew(engine: Engine, ids, other) -> None:
    """The rows that are there serve the page meanwhile."""
    make_rows(engine)
    with engine.begin() as connection:
        at = other(connection.scalar(select(SearchProgress.cursor)))
        connection.execute(update(SearchProgress).values(cursor=at))
        assert not rows_behind(connection)
    more = add_colours(engine, [(1, 1, 1)])
    delete(engine, ids[0])
    make_rows(engine)
    with engine.connect() as connection:
        rows = connection.scalars(select(SearchRow.product_id).order_by(SearchRow.product_id))
        assert rows.all() == [*ids[1:], *more]
        assert not rows_behind(connection)
        assert connection.scalar(select(func.count()).select_from(SearchProgress)) == 1
