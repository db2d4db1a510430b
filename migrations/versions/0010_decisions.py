"""Decisions of people, and the queues in which they make them.

Revision: 0010
Follows: 0009
Written: 2026-11-29
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
NAME = sa.String(200)
IN_FORCE = sa.text("in_force")
OPEN_ITEMS = sa.text("state = 'open'")


def upgrade() -> None:
    """Make tables of their own: none that is there is touched."""
    _queues()
    _decisions()


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column(
            "product_id",
            ID,
            sa.ForeignKey(
                "products.id", name="fk_decisions_product_id_products", ondelete="CASCADE"
            ),
        ),
        sa.Column("version", sa.Integer(), autoincrement=False),
        sa.Column("ruling", sa.String(16), nullable=False),
        sa.Column("family", sa.Text()),
        sa.Column("family_second", sa.Text()),
        sa.Column("piece", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("hex", sa.String(7)),
        sa.Column("measured", JSON, nullable=False),
        sa.Column("decided_by", NAME, nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column(
            "queue_id",
            ID,
            sa.ForeignKey(
                "review_queues.id", name="fk_decisions_queue_id_review_queues", ondelete="SET NULL"
            ),
        ),
        sa.Column("taken_back_by", NAME),
        sa.Column("taken_back_at", TIME),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", "version", name="pk_decisions"),
    )
    op.create_index(
        "ix_decisions_in_force",
        "decisions",
        ["product_id"],
        unique=True,
        postgresql_where=IN_FORCE,
        sqlite_where=IN_FORCE,
    )
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at", "product_id", "version"])
    op.create_index("ix_decisions_queue_id", "decisions", ["queue_id"])


def _queues() -> None:
    op.create_table(
        "review_queues",
        sa.Column("id", ID),
        sa.Column(
            "catalogue_id",
            ID,
            sa.ForeignKey(
                "catalogues.id", name="fk_review_queues_catalogue_id_catalogues", ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column("name", NAME, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("made_from", JSON, nullable=False),
        sa.Column("made_by", NAME, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_queues"),
        sa.UniqueConstraint("catalogue_id", "name", name="uq_review_queues_catalogue_id_name"),
    )
    op.create_table(
        "review_items",
        sa.Column(
            "queue_id",
            ID,
            sa.ForeignKey(
                "review_queues.id",
                name="fk_review_items_queue_id_review_queues",
                ondelete="CASCADE",
            ),
        ),
        sa.Column("place", sa.Integer(), autoincrement=False),
        sa.Column(
            "product_id",
            ID,
            sa.ForeignKey(
                "products.id", name="fk_review_items_product_id_products", ondelete="CASCADE"
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text()),
        sa.Column("proposed", JSON),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("settled_by", NAME),
        sa.Column("settled_at", TIME),
        sa.PrimaryKeyConstraint("queue_id", "place", name="pk_review_items"),
        sa.UniqueConstraint("queue_id", "product_id", name="uq_review_items_queue_id_product_id"),
    )
    op.create_index(
        "ix_review_items_open",
        "review_items",
        ["queue_id", "place"],
        postgresql_where=OPEN_ITEMS,
        sqlite_where=OPEN_ITEMS,
    )
    op.create_index("ix_review_items_product_id", "review_items", ["product_id", "version"])
