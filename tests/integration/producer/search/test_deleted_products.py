"""Products that were deleted: the feed of changes tells them, each in its turn."""

from datetime import timedelta
from random import Random
from threading import Thread
from time import sleep

import pytest
import sqlalchemy as sql
from sqlalchemy import Engine, select

from shared.database.change_rows import DeletedProduct
from shared.database.models import Catalogue, Product, utc_now
from tests.support.catalogue.followed import Copy, change, changed_products, delete, ids
from tests.support.catalogue.searched import add_colours

__all__ = ["ids"]  # a fixture


def test_a_product_that_was_deleted_is_told_once(engine: Engine, ids: list[int]) -> None:
    copy = Copy(engine)
    copy.settles()
    before = copy.cursor
    delete(engine, ids[2], ids[5])
    copy.settles()
    assert set(copy.titles) == set(ids) - {ids[2], ids[5]}
    told = changed_products(engine, before)
    assert told.deleted == [(ids[2], "C-2-020000"), (ids[5], "C-5-050000")]
    assert changed_products(engine, copy.cursor).deleted == []


def test_deletions_come_in_pages_with_what_changed(engine: Engine, ids: list[int]) -> None:
    copy = Copy(engine)
    copy.settles()
    cursor = copy.cursor
    with engine.begin() as connection:
        for key in ids[:7]:
            change(connection, key, "changed, and gone")
        connection.execute(sql.delete(Product).where(Product.id.in_(ids[:5])))
    copy.settles()
    told = []
    while True:
        page = changed_products(engine, cursor, 2)
        told.append((page.ids, [each.id for each in page.deleted]))
        assert len(page.ids) + len(page.deleted) <= 2
        cursor = page.cursor
        if not page.more:
            break
    assert sorted(key for _, gone in told for key in gone) == ids[:5]
    assert [key for kept, _ in told for key in kept] == ids[5:7]


def test_a_whole_catalogue_is_told_as_its_products(engine: Engine, ids: list[int]) -> None:
    copy = Copy(engine)
    copy.settles()
    with engine.begin() as connection:
        connection.execute(sql.delete(Catalogue))
    copy.settles()
    assert copy.titles == {}


def test_what_is_deleted_while_all_are_told_is_told_after_them(engine, ids: list[int]) -> None:
    first = changed_products(engine, None, 3)
    copy = Copy(engine)
    copy.cursor, copy.titles = first.cursor, dict.fromkeys(first.ids)
    delete(engine, ids[0], ids[6])
    copy.settles()
    assert set(copy.titles) == set(ids) - {ids[0], ids[6]}


def test_an_id_that_is_anothers_now(engine: Engine, ids: list[int]) -> None:
    """SQLite gives the id of the newest product again."""
    copy = Copy(engine)
    copy.settles()
    delete(engine, ids[7])
    add_colours(engine, [(9, 9, 9)], id=ids[7], title="another")
    copy.settles()
    assert copy.titles[ids[7]] == "another"
    delete(engine, ids[7])
    copy.settles()
    assert ids[7] not in copy.titles


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_deletion_that_is_committed_late_is_not_missed(engine: Engine, ids: list[int]) -> None:
    copy = Copy(engine)
    copy.settles()
    with engine.connect() as slow:
        slow.execute(sql.delete(Product).where(Product.id == ids[1]))
        change(engine, ids[6], "written later, committed first")
        copy.follow()
        assert ids[1] in copy.titles
        slow.commit()
    copy.settles()
    assert ids[1] not in copy.titles


def test_a_copy_that_follows_many_writers_is_the_catalogue(engine, ids: list[int]) -> None:
    """Four add, change and delete, in transactions of several lengths, and take some back."""
    copy = Copy(engine)

    def write(number: int) -> None:
        draw = Random(number)
        mine = ids[number::4]
        for turn in range(15):
            with engine.connect() as connection:
                key = draw.choice(mine)
                if draw.random() < 0.4:
                    connection.execute(sql.delete(Product).where(Product.id == key))
                change(connection, draw.choice(mine), f"{number} {turn}")
                sleep(0.002 * draw.random())
                connection.commit() if draw.random() < 0.8 else connection.rollback()
            mine += add_colours(engine, [(number, turn, 1)], title=f"{number} {turn}")

    writers = [Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        copy.follow()
    copy.settles()
    assert len(copy.titles) > 30


def test_rows_of_deleted_products_go_after_35_days(engine: Engine, ids: list[int]) -> None:
    delete(engine, *ids[:3])
    for key, days in zip(ids, (34.9, 35.1), strict=False):
        moment = utc_now() - timedelta(days=days)
        with engine.begin() as connection:
            row = sql.update(DeletedProduct).where(DeletedProduct.product_id == key)
            connection.execute(row.values(deleted_at=moment))
    delete(engine, ids[3])
    with engine.connect() as connection:
        kept = connection.scalars(select(DeletedProduct.product_id)).all()
        moments = connection.scalars(select(DeletedProduct.deleted_at)).all()
    assert sorted(kept) == [ids[0], ids[2], ids[3]]
    assert utc_now() - max(moments) < timedelta(minutes=5)
