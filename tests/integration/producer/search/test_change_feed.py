"""The feed of changes: nothing is missed, not what is committed late either."""

from dataclasses import replace
from threading import Thread
from time import sleep

import pytest
import sqlalchemy as sql
from sqlalchemy import Engine, select, update

from producer.catalogue.change_feed import GOOD_DAYS, ChangeCursor, StaleCursor
from shared.database.change_rows import DeletedProduct
from shared.database.models import Product
from tests.support.catalogue.followed import (
    change,
    changed_products,
    delete,
    follow,
    ids,
    settled,
)
from tests.support.catalogue.searched import add_colours

__all__ = ["ids"]  # a fixture


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


def test_a_number_never_comes_again(engine: Engine, ids: list[int]) -> None:
    """The newest product is deleted while SQLite's numbers are seconds ahead of the clock."""
    with engine.begin() as connection:
        for turn in range(500):
            connection.execute(update(Product).values(title=str(turn)))
        change(connection, ids[7], "newest")
    cursor = settled(
        engine, replace(changed_products(engine).cursor, phase="since", number=0), set(ids)
    )
    delete(engine, ids[7])
    change(engine, ids[3], "after that")
    settled(engine, cursor, {ids[3]})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_number_comes_again_where_nothing_is_left(engine: Engine, ids: list[int]) -> None:
    with engine.begin() as connection:
        for turn in range(500):
            connection.execute(update(Product).values(title=str(turn)))
    _, cursor = follow(engine)
    with engine.begin() as connection:
        connection.execute(sql.delete(Product))
        connection.execute(sql.delete(DeletedProduct))
    again = add_colours(engine, [(1, 1, 1)])
    assert follow(engine, cursor)[0] == again


def test_an_old_cursor_is_refused_and_says_what_to_do(engine: Engine, ids: list[int]) -> None:
    _, cursor = follow(engine)
    changed_products(engine, replace(cursor, day=cursor.day - GOOD_DAYS))
    with pytest.raises(StaleCursor, match=r"older than 30 days.*begin again, and remove"):
        changed_products(engine, replace(cursor, day=cursor.day - GOOD_DAYS - 1))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cursor_is_renewed_once_everything_was_told(engine: Engine, ids: list[int]) -> None:
    _, cursor = follow(engine)
    old = replace(cursor, day=cursor.day - 20)
    assert changed_products(engine, old).cursor == cursor
    begun = replace(changed_products(engine, None, 3).cursor, day=old.day)
    for key in ids:
        change(engine, key, "meanwhile")
    for _ in range(2):  # the rest of all of them
        told = changed_products(engine, begun, 3)
        begun = told.cursor
        assert (told.more, begun.day) == (True, old.day)
    first = changed_products(engine, begun, 3)
    assert (first.more, first.cursor.day) == (True, old.day)
    rest, ended = follow(engine, first.cursor)
    assert ([*first.ids, *rest], ended.day) == (ids, cursor.day)
