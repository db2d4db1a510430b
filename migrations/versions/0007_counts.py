"""Stored counts: how many jobs and products stand where; and an index of failed jobs.

Revision: 0007
Follows: 0006
Written: 2026-11-25

Each step may be run again, after one that was cut short.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FAILED = sa.text("state IN ('failed', 'quarantined')")

# What is inserted in bulk is counted once a statement, everything else row by row. Rows are only
# added, for those who write must not wait for each other; the ledger folds them at times.
POSTGRES = (
    """
    CREATE OR REPLACE FUNCTION count_new_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO job_counts (batch_id, state, code, jobs)
        SELECT batch_id, state, code, count(*) FROM added GROUP BY batch_id, state, code;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION count_changed_job() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO job_counts (batch_id, state, code, jobs)
        VALUES (OLD.batch_id, OLD.state, OLD.code, -1);
        IF TG_OP = 'UPDATE' THEN
            INSERT INTO job_counts (batch_id, state, code, jobs)
            VALUES (NEW.batch_id, NEW.state, NEW.code, 1);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION count_new_products() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO product_counts (catalogue_id, products, enriched)
        SELECT catalogue_id, count(*), count(enriched_at) FROM added GROUP BY catalogue_id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION count_changed_product() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO product_counts (catalogue_id, products, enriched)
        VALUES (OLD.catalogue_id, -1, -(OLD.enriched_at IS NOT NULL)::int);
        IF TG_OP = 'UPDATE' THEN
            INSERT INTO product_counts (catalogue_id, products, enriched)
            VALUES (NEW.catalogue_id, 1, (NEW.enriched_at IS NOT NULL)::int);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION forget_counts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('DELETE FROM %I', TG_ARGV[0]);
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER jobs_added AFTER INSERT ON jobs
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_new_jobs()
    """,
    """
    CREATE OR REPLACE TRIGGER job_changed AFTER UPDATE ON jobs FOR EACH ROW
    WHEN ((OLD.batch_id, OLD.state, OLD.code) IS DISTINCT FROM (NEW.batch_id, NEW.state, NEW.code))
    EXECUTE FUNCTION count_changed_job()
    """,
    """
    CREATE OR REPLACE TRIGGER job_removed AFTER DELETE ON jobs
    FOR EACH ROW EXECUTE FUNCTION count_changed_job()
    """,
    """
    CREATE OR REPLACE TRIGGER jobs_truncated AFTER TRUNCATE ON jobs
    FOR EACH STATEMENT EXECUTE FUNCTION forget_counts('job_counts')
    """,
    """
    CREATE OR REPLACE TRIGGER products_added AFTER INSERT ON products
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_new_products()
    """,
    """
    CREATE OR REPLACE TRIGGER product_changed AFTER UPDATE ON products FOR EACH ROW
    WHEN ((OLD.catalogue_id, OLD.enriched_at IS NULL)
        IS DISTINCT FROM (NEW.catalogue_id, NEW.enriched_at IS NULL))
    EXECUTE FUNCTION count_changed_product()
    """,
    """
    CREATE OR REPLACE TRIGGER product_removed AFTER DELETE ON products
    FOR EACH ROW EXECUTE FUNCTION count_changed_product()
    """,
    """
    CREATE OR REPLACE TRIGGER products_truncated AFTER TRUNCATE ON products
    FOR EACH STATEMENT EXECUTE FUNCTION forget_counts('product_counts')
    """,
)

# SQLite has one writer at a time, so each count stays one row.
ADD_JOB = """
    INSERT INTO job_counts (batch_id, state, code, jobs)
    SELECT NEW.batch_id, NEW.state, NEW.code, 0 WHERE NOT EXISTS (
        SELECT 1 FROM job_counts
        WHERE batch_id IS NEW.batch_id AND state = NEW.state AND code IS NEW.code);
    UPDATE job_counts SET jobs = jobs + 1
    WHERE batch_id IS NEW.batch_id AND state = NEW.state AND code IS NEW.code;
"""
REMOVE_JOB = """
    UPDATE job_counts SET jobs = jobs - 1
    WHERE batch_id IS OLD.batch_id AND state = OLD.state AND code IS OLD.code;
"""
ADD_PRODUCT = """
    INSERT INTO product_counts (catalogue_id, products, enriched)
    SELECT NEW.catalogue_id, 0, 0 WHERE NOT EXISTS (
        SELECT 1 FROM product_counts WHERE catalogue_id = NEW.catalogue_id);
    UPDATE product_counts
    SET products = products + 1, enriched = enriched + (NEW.enriched_at IS NOT NULL)
    WHERE catalogue_id = NEW.catalogue_id;
"""
REMOVE_PRODUCT = """
    UPDATE product_counts
    SET products = products - 1, enriched = enriched - (OLD.enriched_at IS NOT NULL)
    WHERE catalogue_id = OLD.catalogue_id;
"""
SQLITE = (
    f"CREATE TRIGGER job_added AFTER INSERT ON jobs BEGIN {ADD_JOB} END",
    f"CREATE TRIGGER job_removed AFTER DELETE ON jobs BEGIN {REMOVE_JOB} END",
    f"""
    CREATE TRIGGER job_changed AFTER UPDATE ON jobs WHEN OLD.state <> NEW.state
    OR OLD.code IS NOT NEW.code OR OLD.batch_id IS NOT NEW.batch_id
    BEGIN {REMOVE_JOB} {ADD_JOB} END
    """,
    f"CREATE TRIGGER product_added AFTER INSERT ON products BEGIN {ADD_PRODUCT} END",
    f"CREATE TRIGGER product_removed AFTER DELETE ON products BEGIN {REMOVE_PRODUCT} END",
    f"""
    CREATE TRIGGER product_changed AFTER UPDATE ON products
    WHEN (OLD.enriched_at IS NULL) <> (NEW.enriched_at IS NULL)
    OR OLD.catalogue_id <> NEW.catalogue_id
    BEGIN {REMOVE_PRODUCT} {ADD_PRODUCT} END
    """,
)

# What is there, less what the triggers have counted so far, both seen by one statement: exact
# whoever writes meanwhile, and nothing the second time.
FILL = (
    """
    INSERT INTO job_counts (batch_id, state, code, jobs)
    SELECT batch_id, state, code, sum(jobs) FROM (
        SELECT batch_id, state, code, count(*) AS jobs FROM jobs GROUP BY batch_id, state, code
        UNION ALL SELECT batch_id, state, code, -jobs FROM job_counts
    ) AS counted GROUP BY batch_id, state, code HAVING sum(jobs) <> 0
    """,
    """
    INSERT INTO product_counts (catalogue_id, products, enriched)
    SELECT catalogue_id, sum(products), sum(enriched) FROM (
        SELECT catalogue_id, count(*) AS products, count(enriched_at) AS enriched
        FROM products GROUP BY catalogue_id
        UNION ALL SELECT catalogue_id, -products, -enriched FROM product_counts
    ) AS counted GROUP BY catalogue_id HAVING sum(products) <> 0 OR sum(enriched) <> 0
    """,
)


def upgrade() -> None:
    """Make the counts, have them kept, and fill them; then index the failed jobs."""
    on_postgres = op.get_context().dialect.name != "sqlite"
    _make_tables(on_postgres)
    for statement in POSTGRES if on_postgres else SQLITE:
        op.execute(statement)
    if not on_postgres:
        for statement in FILL:
            op.execute(statement)
        op.create_index("ix_jobs_failed", "jobs", ["id", "state"], sqlite_where=FAILED)
        return
    # Making a trigger waits for those who are writing, and lasts a moment; then counting, which
    # takes seconds, holds up nobody.
    with op.get_context().autocommit_block():
        for statement in FILL:
            op.execute(statement)
        op.drop_index("ix_jobs_failed", "jobs", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            "ix_jobs_failed",
            "jobs",
            ["id", "state"],
            postgresql_concurrently=True,
            postgresql_where=FAILED,
        )


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")


def _make_tables(on_postgres: bool) -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    again = on_postgres or None
    op.create_table(
        "job_counts",
        sa.Column("id", key, nullable=False),
        sa.Column("batch_id", key),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("code", sa.String(32)),
        sa.Column("jobs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_counts"),
        if_not_exists=again,
    )
    op.create_table(
        "product_counts",
        sa.Column("id", key, nullable=False),
        sa.Column("catalogue_id", key, nullable=False),
        sa.Column("products", sa.Integer(), nullable=False),
        sa.Column("enriched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product_counts"),
        if_not_exists=again,
    )
    op.create_index("ix_job_counts_batch_id", "job_counts", ["batch_id"], if_not_exists=again)
