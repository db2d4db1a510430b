"""Upload events: what was last seen of each object, and pictures found by their s3:// URL.

Revision: 0002
Follows: 0001
Written: 2026-11-25
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IN_S3 = sa.text("substr(url, 1, 5) = 's3://'")


def upgrade() -> None:
    """Make the index of pictures in an object store, and the table of uploads."""
    # First: it is committed by itself, and nothing else may be so while the revision is not.
    _index_s3_urls()
    op.create_table(
        "uploads",
        sa.Column("bucket", sa.String(255), nullable=False),
        sa.Column("key", sa.String(1024), nullable=False),
        sa.Column("sequencer", sa.String(64)),
        sa.Column("version", sa.Text()),
        sa.Column("etag", sa.Text()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "key", name="pk_uploads"),
    )


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")


def _index_s3_urls() -> None:
    name, table = "ix_product_images_s3_url", "product_images"
    if op.get_context().dialect.name == "sqlite":
        op.create_index(name, table, ["url"], sqlite_where=IN_S3)
        return
    with op.get_context().autocommit_block():
        # One that was cut short stays behind as an index that nobody can use.
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name,
            table,
            ["url"],
            postgresql_concurrently=True,
            postgresql_using="hash",
            postgresql_where=IN_S3,
        )
