"""Staged batches: how far each is, which jobs are theirs, and the staged results that they give.

Revision: 0004
Follows: 0003
Written: 2026-11-25
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns, which costs nothing with a constant default, and make the table."""
    op.add_column("batches", sa.Column("hold", sa.String(16)))
    op.add_column(
        "jobs", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "drafts",
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("image_id", ID, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("result", JSON),
        sa.Column("before", JSON),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("promoted_at", TIME),
        sa.PrimaryKeyConstraint("batch_id", "product_id", "image_id", name="pk_drafts"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_drafts_batch_id_batches", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["product_images.id"],
            name="fk_drafts_image_id_product_images",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_drafts_image_id", "drafts", ["image_id"])


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")
