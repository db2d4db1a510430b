"""The feed of changes: nothing is missed, not what is committed late either."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from time import sleep, time

import pytest
from sqlalchemy import Engine, func, select, text, update

from producer.catalogue import change_feed
from producer.catalogue.change_feed import ChangeCursor, StaleCursor
from shared.database.models import Product
from tests.support.catalogue.searched import add_colours


def changed_products(engine: Engine, *asked):
    with engine.connect() as connection:
        return change_feed.changed_products(connection, *asked)


def follow(
    engine: Engine, cursor: ChangeCursor | None = None, limit: int = 3
) -> tuple[list, ChangeCursor]:
    """Read until nothing more is told; return ids in order, and the cursor."""
    ids: list[int] = []
    while True:
        told = changed_products(engine, cursor, limit)
        ids += told.ids
        cursor = told.cursor
        if not told.more:
            return ids, cursor


def change(engine_or_connection, key: int, title: str) -> None:
    statement = update(Product).where(Product.id == key).values(title=title)
    if isinstance(engine_or_connection, Engine):
        with engine_or_connection.begin() as connection:
            connection.execute(statement)
    else:
        engine_or_connection.execute(statement)


@pytest.fixture
def ids(engine: Engine) -> Iterator[list[int]]:
    yield add_colours(engine, [(n, 0, 0) for n in range(8)])


def settled(engine: Engine, cursor: ChangeCursor, wanted: set[int]) -> ChangeCursor:
    """Follow until these are told, and nothing else: other writers at the server are waited for."""
    found: set[int] = set()
    for _ in range(600):
        more, cursor = follow(engine, cursor)
        found |= set(more)
        if found >= wanted:
            break
        sleep(0.05)
    assert found == wanted
    return cursor


def test_all_products_come_first_and_then_what_changes(engine: Engine, ids: list[int]) -> None:
    told, cursor = follow(engine)
    assert list(dict.fromkeys(told)) == ids
    cursor = settled(engine, cursor, set()) if set(told[len(ids) :]) else cursor
    change(engine, ids[5], "new")
    change(engine, ids[2], "new")
    cursor = settled(engine, cursor, {ids[5], ids[2]})
    assert follow(engine, cursor)[0] == []


def test_a_cursor_survives_its_text(engine: Engine, ids: list[int]) -> None:
    _, cursor = follow(engine)
    assert ChangeCursor.read(str(cursor)) == cursor
    for text_ in ("", "x", "W10", str(cursor)[:-4], "WyJzaW5jZSIsMSwyXQ"):
        with pytest.raises(StaleCursor):
            ChangeCursor.read(text_)


def test_what_changes_while_all_are_told_is_told_again(engine: Engine, ids: list[int]) -> None:
    first = changed_products(engine, None, 3)
    assert first.ids == ids[:3]
    change(engine, ids[0], "changed meanwhile")
    settled_ids, cursor = follow(engine, first.cursor)
    if ids[0] not in settled_ids:
        settled(engine, cursor, {ids[0]})
    assert set(ids[3:]) <= set(settled_ids)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_is_committed_late_is_not_missed(engine: Engine, ids: list[int]) -> None:
    """One transaction writes first and commits last; the reader asks in between.

    SQLite lets one transaction write at a time.
    """
    _, cursor = follow(engine)
    with engine.connect() as slow:
        change(slow, ids[1], "written first")
        change(engine, ids[6], "written later, committed first")
        early, cursor = follow(engine, cursor)
        assert ids[1] not in early
        early_again, cursor = follow(engine, cursor)
        assert ids[1] not in early_again
        slow.commit()
    told = set(early) | set(early_again)
    settled(engine, cursor, {ids[1], ids[6]} - (told & {ids[6]}))


def test_what_is_taken_back_changes_nothing(engine: Engine, ids: list[int]) -> None:
    _, cursor = follow(engine)
    with engine.connect() as connection:
        change(connection, ids[1], "never")
        connection.rollback()
    assert ids[1] not in follow(engine, cursor)[0]


def test_writers_side_by_side_lose_nothing(engine: Engine, ids: list[int]) -> None:
    """Four writers with transactions of different lengths, and a reader that never stops asking."""
    _, cursor = follow(engine)

    def write(number: int) -> None:
        for turn in range(10):
            with engine.begin() as connection:
                for key in ids[number::4]:
                    change(connection, key, f"{number} {turn}")
                    sleep(0.001 * number)

    writers = [Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    seen: dict[int, str] = {}

    def look(at: ChangeCursor) -> ChangeCursor:
        told, at = follow(engine, at)
        with engine.connect() as connection:
            rows = connection.execute(select(Product.id, Product.title).where(Product.id.in_(told)))
            seen.update(dict(map(tuple, rows.all())))
        return at

    while any(writer.is_alive() for writer in writers):
        cursor = look(cursor)
    for _ in range(200):
        cursor = look(cursor)
        if seen == {key: f"{place % 4} 9" for place, key in enumerate(ids)}:
            break
        sleep(0.05)
    assert seen == {key: f"{place % 4} 9" for place, key in enumerate(ids)}


def test_a_cursor_of_another_database_is_refused(engine: Engine, ids: list[int]) -> None:
    _, cursor = follow(engine)
    with pytest.raises(StaleCursor, match="another database"):
        changed_products(engine, replace(cursor, database="elsewhere"))
    with pytest.raises(StaleCursor, match="another database"):
        changed_products(engine, replace(cursor, number=cursor.number + 10**12))


def wait_for_the_clock(engine: Engine) -> None:
    """Return once SQLite's numbers, which count up with each row, are no longer ahead of it."""
    with engine.connect() as connection:
        newest = connection.scalar(select(func.max(Product.changed_in))) or 0
    while time() * 1000 < newest + 2:  # the number is a time in milliseconds, rounded
        sleep(0.001)


def test_a_newest_product_that_is_deleted_takes_no_number_along(
    engine: Engine, ids: list[int]
) -> None:
    change(engine, ids[0], "older")
    change(engine, ids[7], "newest")
    _, cursor = follow(engine)
    wait_for_the_clock(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM products WHERE id = :id"), {"id": ids[7]})
    change(engine, ids[3], "after that")
    settled(engine, cursor, {ids[3]})
