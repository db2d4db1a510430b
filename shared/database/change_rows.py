"""What the feed of changes needs beside the products: the products that are gone, and a number.

Both are of triggers alone (:mod:`producer.catalogue.change_feed` says what for).
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.jobs import LONGEST_NAME
from shared.database.base import Row
from shared.database.columns import ID_COLUMN


class DeletedProduct(Row):
    """A product that was deleted, and in which transaction, as ``products.changed_in`` has it.

    Rows of more than 35 days go when others come: five days more than a cursor is good for, which
    no transaction takes.
    """

    __tablename__ = "deleted_products"

    changed_in: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True, autoincrement=False)
    sku: Mapped[str] = mapped_column(String(LONGEST_NAME))
    deleted_at: Mapped[datetime] = mapped_column(index=True)


class ChangeNumber(Row):
    """The last number that SQLite's triggers gave, in one row: it comes never again.

    PostgreSQL numbers its transactions by itself, and has no row here.
    """

    __tablename__ = "change_numbers"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    number: Mapped[int] = mapped_column(ID_COLUMN)
