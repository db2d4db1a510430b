"""Following the feed of changes as a reader does."""

from time import sleep
from typing import Any

import pytest
import sqlalchemy as sql
from sqlalchemy import ColumnElement, Connection, Engine, select, update

from producer.catalogue import change_feed
from producer.catalogue.change_feed import ChangeCursor, ChangedProducts
from shared.database.engine import reading
from shared.database.models import Product
from tests.support.catalogue.searched import add_colours


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    """The ids of eight products, which no transaction of other tests holds back any more.

    What is written while one at the server is open is told again until that has ended.
    """
    made = add_colours(engine, [(n, 0, 0) for n in range(8)])
    with engine.connect() as connection:
        newest = connection.execute(select(sql.func.max(Product.changed_in))).scalar_one()
    for _ in range(600):
        if changed_products(engine).cursor.number > newest:
            return made
        sleep(0.05)
    pytest.fail("a transaction at the server has been open for half a minute")


def changed_products(engine: Engine, *asked: Any) -> ChangedProducts:
    """Ask once, in a transaction of its own."""
    with reading(engine).connect() as connection:
        return change_feed.changed_products(connection, *asked)


def follow(
    engine: Engine, cursor: ChangeCursor | None = None, limit: int = 3
) -> tuple[list[int], ChangeCursor]:
    """Read until nothing more is told; return ids in order, and the cursor."""
    ids: list[int] = []
    while True:
        told = changed_products(engine, cursor, limit)
        ids += told.ids
        cursor = told.cursor
        if not told.more:
            return ids, cursor


def change(writer: Engine | Connection, key: int, title: str) -> None:
    """Change a product, in a transaction of its own or in an open one."""
    statement = update(Product).where(Product.id == key).values(title=title)
    if isinstance(writer, Connection):
        writer.execute(statement)
        return
    with writer.begin() as connection:
        connection.execute(statement)


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


def delete(engine: Engine, *ids: int) -> None:
    """Delete products, in a transaction of their own."""
    with engine.begin() as connection:
        connection.execute(sql.delete(Product).where(Product.id.in_(ids)))


class Copy:
    """What a reader has who does as the documentation says: titles by id."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.titles: dict[int, str | None] = {}
        self.cursor: ChangeCursor | None = None

    def follow(self) -> None:
        """Ask until nothing more is told: what was deleted is removed first."""
        more = True
        while more:
            with reading(self.engine).connect() as connection:
                told = change_feed.changed_products(connection, self.cursor, 3)
                changed = _titles(connection, Product.id.in_(told.ids))
            for gone in told.deleted:
                self.titles.pop(gone.id, None)
            self.titles.update(changed)
            self.cursor, more = told.cursor, told.more

    def settles(self) -> None:
        """Follow until it is the catalogue; other writers at the server are waited for."""
        with reading(self.engine).connect() as connection:
            there = _titles(connection)
        for _ in range(600):
            self.follow()
            if self.titles == there:
                return
            sleep(0.05)
        assert self.titles == there


def _titles(connection: Connection, *chosen: ColumnElement[bool]) -> dict[int, str | None]:
    rows = connection.execute(select(Product.id, Product.title).where(*chosen))
    return {row.id: row.title for row in rows}
