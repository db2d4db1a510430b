"""Numbers of changes that never come again on SQLite, and products that were deleted.

Revision: 0014
Follows: 0013
Written: 2026-11-30

Each step may be run again, after one that was cut short.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Once a statement, for products are deleted a catalogue at a time. What is old goes with it, and
# nobody waits for another who removes the same.
POSTGRES = (
    """
    CREATE OR REPLACE FUNCTION note_deleted_products() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO deleted_products (changed_in, product_id, sku, deleted_at)
        SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint), id, sku, clock_timestamp()
        FROM gone ON CONFLICT DO NOTHING;
        DELETE FROM deleted_products WHERE (changed_in, product_id) IN (
            SELECT changed_in, product_id FROM deleted_products
            WHERE deleted_at < clock_timestamp() - interval '35 days' FOR UPDATE SKIP LOCKED);
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER products_deleted AFTER DELETE ON products
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_deleted_products()
    """,
)

# The clock is for a database that was put back from a copy: changes that follow have numbers
# behind those that were given since the copy was made.
NEXT = """
    UPDATE change_numbers SET number = max(
        number + 1, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
"""
NOTE = """
    UPDATE products SET changed_in = (SELECT number FROM change_numbers) WHERE id = NEW.id;
"""
# Times are written as SQLAlchemy does.
NOTE_DELETED = """
    INSERT INTO deleted_products (changed_in, product_id, sku, deleted_at)
    SELECT number, OLD.id, OLD.sku, strftime('%Y-%m-%d %H:%M:%f000', 'now') FROM change_numbers;
    DELETE FROM deleted_products
    WHERE deleted_at < strftime('%Y-%m-%d %H:%M:%f000', 'now', '-35 days');
"""
SQLITE = (
    "DROP TRIGGER product_noted_new",
    "DROP TRIGGER product_noted",
    """
    INSERT INTO change_numbers (id, number)
    SELECT 1, coalesce(max(changed_in), 0) FROM products
    """,
    f"CREATE TRIGGER product_noted_new AFTER INSERT ON products BEGIN {NEXT} {NOTE} END",
    f"""
    CREATE TRIGGER product_noted AFTER UPDATE ON products
    WHEN NEW.changed_in IS OLD.changed_in BEGIN {NEXT} {NOTE} END
    """,
    f"CREATE TRIGGER product_deleted AFTER DELETE ON products BEGIN {NEXT} {NOTE_DELETED} END",
)


def upgrade() -> None:
    """Make two tables, and have triggers keep them: a moment, however many products there are."""
    on_postgres = op.get_context().dialect.name != "sqlite"
    again = on_postgres or None
    op.create_table(
        "change_numbers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_change_numbers"),
        if_not_exists=again,
    )
    op.create_table(
        "deleted_products",
        sa.Column("changed_in", KEY, autoincrement=False, nullable=False),
        sa.Column("product_id", KEY, autoincrement=False, nullable=False),
        sa.Column("sku", sa.String(200), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("changed_in", "product_id", name="pk_deleted_products"),
        if_not_exists=again,
    )
    op.create_index(
        "ix_deleted_products_deleted_at", "deleted_products", ["deleted_at"], if_not_exists=again
    )
    for statement in POSTGRES if on_postgres else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")
