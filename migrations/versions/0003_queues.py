"""Three queues: each job knows in which of them its notifications wait.

Revision: 0003
Follows: 0002
Written: 2026-11-25
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OLD, NEW = "ix_jobs_to_ring", "ix_jobs_queue_to_ring"
COLUMNS = ["queue", "rung_at", "id"]
OPEN = sa.text("state IN ('pending', 'retry', 'leased')")


def upgrade() -> None:
    """Add the column, which costs nothing with a constant default, and index open jobs by it."""
    on_postgres = op.get_context().dialect.name != "sqlite"
    # An index that is built concurrently commits what came before, the column too: each step must
    # bear to be run again, after one that was cut short.
    op.add_column(
        "jobs",
        sa.Column("queue", sa.String(16), nullable=False, server_default="nightly"),
        if_not_exists=on_postgres or None,
    )
    if not on_postgres:
        op.create_index(NEW, "jobs", COLUMNS, sqlite_where=OPEN)
        op.drop_index(OLD, "jobs")
        return
    with op.get_context().autocommit_block():
        op.drop_index(NEW, "jobs", if_exists=True, postgresql_concurrently=True)
        op.create_index(NEW, "jobs", COLUMNS, postgresql_concurrently=True, postgresql_where=OPEN)
        op.drop_index(OLD, "jobs", if_exists=True, postgresql_concurrently=True)


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")
