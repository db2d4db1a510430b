"""Workers, which announce themselves; and the trace that a job carries on.

Revision: 0012
Follows: 0011
Written: 2026-11-29
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add a table, and a column that is empty: no table is rewritten."""
    op.add_column("jobs", sa.Column("trace", sa.String(55)))
    op.create_table(
        "workers",
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", ID, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("activity", sa.String(16), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("loaded", sa.Boolean(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("batch_id", ID),
        sa.Column("jobs", sa.Integer()),
        sa.PrimaryKeyConstraint("host", "pid", name="pk_workers"),
    )


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")
