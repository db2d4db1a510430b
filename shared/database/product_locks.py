"""Locks on products, which everything takes that writes a product's answer, or decides on it."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from shared.database.engine import among
from shared.database.models import Product


def lock_products(connection: Connection, ids: Collection[int]) -> None:
    """Lock products of any catalogues, in the order of their ids, until the commit.

    SQLite has one lock for all, which a transaction that may write has from its beginning.
    """
    if ids:
        query = select(Product.id).where(among(connection, Product.id, sorted(ids)))
        connection.execute(query.order_by(Product.id).with_for_update(key_share=True)).all()
