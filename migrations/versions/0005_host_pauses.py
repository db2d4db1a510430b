"""Host backoffs, which all workers share.

Revision: 0005
Follows: 0004
Written: 2026-11-25
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add a table, which touches no other."""
    op.create_table(
        "host_pauses",
        sa.Column("host", sa.String(300), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_host_pauses"),
    )


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")
