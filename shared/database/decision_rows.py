"""The tables of what people decide: decisions, review queues and their products.

A decision is a row that is only added, beside the measurement and never in its place: what runs,
renames and promotions write lies in other tables, so none of them can overwrite one.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.decisions import ItemState, QueueSource, Ruling
from shared.contracts.jobs import LONGEST_NAME
from shared.database.base import Row
from shared.database.columns import ID_COLUMN, words

IN_FORCE = text("in_force")
"""The decisions that count, word for word as in their partial index."""

OPEN_ITEMS = text("state = 'open'")
"""The products that are still to be looked at, word for word as in their partial index."""


class Decision(Row):
    """What somebody said of a product; ``version`` counts from 1 for each product.

    The key refuses a second decision upon the same earlier one. ``family``, ``family_second``,
    ``piece``, ``name`` and ``hex`` are as decided, empty where nothing was; ``measured`` is a
    :class:`~shared.contracts.decisions.Measured`. At most one row of a product is ``in_force``.
    Only ``taken_back_by``, ``taken_back_at`` and ``in_force`` ever change.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        Index(
            "ix_decisions_in_force",
            "product_id",
            unique=True,
            postgresql_where=IN_FORCE,
            sqlite_where=IN_FORCE,
        ),
        Index("ix_decisions_decided_at", "decided_at", "product_id", "version"),
    )

    product_id: Mapped[int] = mapped_column(
        ID_COLUMN, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ruling: Mapped[Ruling] = mapped_column(words(Ruling, 16))
    family: Mapped[str | None]
    family_second: Mapped[str | None]
    piece: Mapped[str | None]
    name: Mapped[str | None]
    hex: Mapped[str | None] = mapped_column(String(7))
    measured: Mapped[dict[str, Any]]
    decided_by: Mapped[str] = mapped_column(String(LONGEST_NAME))
    decided_at: Mapped[datetime]
    queue_id: Mapped[int | None] = mapped_column(
        ForeignKey("review_queues.id", ondelete="SET NULL"), index=True
    )
    taken_back_by: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    taken_back_at: Mapped[datetime | None]
    in_force: Mapped[bool]


class ReviewQueue(Row):
    """Products of one catalogue that are to be looked at; ``made_from`` says how they were chosen.

    Its name is unique within the catalogue.
    """

    __tablename__ = "review_queues"
    __table_args__ = (UniqueConstraint("catalogue_id", "name"),)

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    catalogue_id: Mapped[int] = mapped_column(ForeignKey("catalogues.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    source: Mapped[QueueSource] = mapped_column(words(QueueSource, 16))
    made_from: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(String(LONGEST_NAME))
    made_at: Mapped[datetime]


class ReviewItem(Row):
    """One product of a review queue, at its ``place`` from 1; each product once.

    ``reason`` says why it is looked at, ``proposed`` what it may be instead (``family``, ``name``,
    ``hex`` and ``by``). ``version`` is the decision's that settled it, and ``settled_by`` whose.
    """

    __tablename__ = "review_items"
    __table_args__ = (
        UniqueConstraint("queue_id", "product_id"),
        Index(
            "ix_review_items_open",
            "queue_id",
            "place",
            postgresql_where=OPEN_ITEMS,
            sqlite_where=OPEN_ITEMS,
        ),
        Index("ix_review_items_product_id", "product_id", "version"),
    )

    queue_id: Mapped[int] = mapped_column(
        ID_COLUMN, ForeignKey("review_queues.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    reason: Mapped[str | None]
    proposed: Mapped[dict[str, Any] | None]
    state: Mapped[ItemState] = mapped_column(words(ItemState, 16))
    version: Mapped[int | None]
    settled_by: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    settled_at: Mapped[datetime | None]
