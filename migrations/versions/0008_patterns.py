"""Patterns, warnings, pieces, and the family that comes second.

Revision: 0008
Follows: 0007
Written: 2026-11-25
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add columns that are empty: no table is rewritten."""
    for table in ("products", "product_images"):
        for column in _of_both():
            op.add_column(table, column)
    op.add_column("products", sa.Column("colour_family_second", sa.Text()))


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")


def _of_both() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("pattern", sa.String(16)),
        sa.Column("warnings", JSON),
        sa.Column("piece", sa.Text()),
    )
