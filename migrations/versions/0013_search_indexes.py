"""Indexes of search rows: by colour and family without the table, and by words in seven parts.

Revision: 0013
Follows: 0012
Written: 2026-11-29

Each step may be run again, after one that was cut short.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "product_search"
FILTERS = [
    "catalogue_id",
    "piece",
    "pattern",
    "family_second",
    "warnings",
    "confidence",
    "outcome",
]
DIFFERS = sa.text("outcome = 'differs'")

# Of each index: its name, whose place it takes, its columns, what else it knows of a row, and the
# rows it holds.
INDEXES = (
    ("colour", "cube", ["cube", "family", "hex", "product_id"], FILTERS, None),
    ("family_hex", "family", ["family", "product_id"], ["hex"], None),
    ("piece_hex", "piece", ["piece", "family", "product_id"], ["hex"], None),
    ("differs_hex", "differs", ["family", "piece", "product_id"], ["hex"], DIFFERS),
)

WORDS = "ix_product_search_words"
WORD_PARTS = 7


def upgrade() -> None:
    """Make each new index beside the old one, which searches go on using meanwhile."""
    on_postgres = op.get_context().dialect.name != "sqlite"
    if not on_postgres:
        _replace(None)
        _part_words(None)
        return
    with op.get_context().autocommit_block():
        _replace(again=True)
        _part_words(again=True)


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")


def _replace(again: bool | None) -> None:
    for new, old, columns, include, where in INDEXES:
        name = f"ix_product_search_{new}"
        if again:
            op.drop_index(name, TABLE, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name,
            TABLE,
            columns,
            postgresql_include=include,
            postgresql_where=where,
            sqlite_where=where,
            postgresql_concurrently=again,
        )
        op.drop_index(
            f"ix_product_search_{old}", TABLE, if_exists=again, postgresql_concurrently=again
        )


def _part_words(again: bool | None) -> None:
    for part in range(WORD_PARTS):
        name = f"{WORDS}_{part}"
        where = sa.text(f"product_id % {WORD_PARTS} = {part}")
        if again:
            op.drop_index(name, TABLE, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name,
            TABLE,
            ["words"],
            postgresql_using="gin",
            # Of all parts together as much as one index has by itself.
            postgresql_with={"gin_pending_list_limit": 512},
            postgresql_where=where,
            sqlite_where=where,
            postgresql_concurrently=again,
        )
    op.drop_index(WORDS, TABLE, if_exists=again, postgresql_concurrently=again)
