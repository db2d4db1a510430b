"""Rechecks: fingerprints of pictures, jobs that only ask for them, and the last nightly run.

Revision: 0006
Follows: 0005
Written: 2026-11-25
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add columns that are empty or have a constant default: no table is rewritten."""
    op.add_column("product_images", sa.Column("seen", JSON))
    op.add_column("product_images", sa.Column("checked_at", sa.DateTime(timezone=True)))
    op.add_column(
        "jobs", sa.Column("recheck", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("catalogues", sa.Column("nightly_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")
