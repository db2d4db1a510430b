"""In which transaction a product was last written, and a narrow table to find products in.

Revision: 0011
Follows: 0010
Written: 2026-11-29

Each step may be run again, after one that was cut short.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = sa.DateTime(timezone=True)

# The number of a transaction says which rows were there when all that began before it had ended:
# a time or a sequence would not, for who takes it first may commit last.
POSTGRES = (
    """
    CREATE OR REPLACE FUNCTION note_product_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.changed_in := CAST(CAST(pg_current_xact_id() AS text) AS bigint);
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER product_noted BEFORE INSERT OR UPDATE ON products
    FOR EACH ROW EXECUTE FUNCTION note_product_change()
    """,
)
# SQLite writes one transaction after the other. The clock helps where the newest row was deleted.
NOTE = """
    UPDATE products SET changed_in = (
        SELECT max(coalesce(max(changed_in), 0) + 1,
            CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) FROM products
    ) WHERE id = NEW.id;
"""
SQLITE = (
    f"CREATE TRIGGER product_noted_new AFTER INSERT ON products BEGIN {NOTE} END",
    f"""
    CREATE TRIGGER product_noted AFTER UPDATE ON products
    WHEN NEW.changed_in IS OLD.changed_in BEGIN {NOTE} END
    """,
)

# Of each index: its name, its columns, and the rows it holds.
INDEXES = (
    ("catalogue_id", ("catalogue_id", "product_id"), None),
    ("category", ("category", "product_id"), None),
    ("family", ("family", "product_id"), None),
    ("family_confidence", ("family", "confidence", "product_id"), None),
    ("family_second", ("family_second", "product_id"), None),
    ("piece", ("piece", "family", "product_id"), None),
    ("pattern", ("pattern", "product_id"), None),
    ("confidence", ("confidence", "product_id"), None),
    ("changed_at", ("changed_at", "product_id"), None),
    ("cube", ("cube", "hex", "product_id"), None),
    ("word", ("word", "family", "product_id", "catalogue_id"), None),
    ("doubt", ("doubt", "product_id"), sa.text("doubt IS NOT NULL")),
    ("differs", ("family", "piece", "product_id"), sa.text("outcome = 'differs'")),
    ("warnings", ("warnings", "product_id"), sa.text("warnings <> 0")),
)


def upgrade() -> None:
    """Note changes; make the table, which is empty and so needs no patience for its indexes."""
    on_postgres = op.get_context().dialect.name != "sqlite"
    again = on_postgres or None
    op.add_column("products", sa.Column("changed_in", KEY), if_not_exists=again)
    for statement in POSTGRES if on_postgres else SQLITE:
        op.execute(statement)
    _make_tables(again)
    if not on_postgres:
        op.create_index("ix_products_changed_in_id", "products", ["changed_in", "id"])
        return
    with op.get_context().autocommit_block():
        op.drop_index(
            "ix_products_changed_in_id", "products", if_exists=True, postgresql_concurrently=True
        )
        op.create_index(
            "ix_products_changed_in_id",
            "products",
            ["changed_in", "id"],
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")


def _make_tables(again: bool | None) -> None:
    words = sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")
    op.create_table(
        "product_search",
        sa.Column("product_id", KEY, autoincrement=False, nullable=False),
        sa.Column("catalogue_id", KEY, nullable=False),
        sa.Column("words", words, nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("family", sa.Text()),
        sa.Column("family_second", sa.Text()),
        sa.Column("piece", sa.String(16)),
        sa.Column("pattern", sa.String(16)),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double()),
        sa.Column("hex", sa.String(7)),
        sa.Column("cube", sa.Integer()),
        sa.Column("word", sa.Text()),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("doubt", sa.Double()),
        sa.Column("changed_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name="fk_product_search_product_id_products",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_id", name="pk_product_search"),
        if_not_exists=again,
    )
    for name, columns, where in INDEXES:
        op.create_index(
            f"ix_product_search_{name}",
            "product_search",
            list(columns),
            postgresql_where=where,
            sqlite_where=where,
            if_not_exists=again,
        )
    op.create_index(
        "ix_product_search_words",
        "product_search",
        ["words"],
        postgresql_using="gin",
        if_not_exists=again,
    )
    op.create_table(
        "search_progress",
        sa.Column("id", KEY, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("caught_up_at", WHEN),
        sa.PrimaryKeyConstraint("id", name="pk_search_progress"),
        if_not_exists=again,
    )
