"""Catalogues, products, pictures, batches and the ledger of jobs.

Revision: 0001
Follows: nothing
Written: 2026-11-23
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
OPEN = sa.text("state IN ('pending', 'retry', 'leased')")


def upgrade() -> None:
    """Make the first tables."""
    _catalogues()
    _products()
    _product_images()
    _jobs()


def downgrade() -> None:
    """Refuse: the schema only goes forward."""
    raise NotImplementedError("the schema only goes forward; write a new migration instead")


def _catalogues() -> None:
    op.create_table(
        "catalogues",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogues"),
        sa.UniqueConstraint("name", name="uq_catalogues_name"),
    )
    op.create_table(
        "batches",
        sa.Column("id", ID, nullable=False),
        sa.Column("catalogue_id", ID),
        sa.Column("trigger", sa.String(16), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.ForeignKeyConstraint(
            ["catalogue_id"],
            ["catalogues.id"],
            name="fk_batches_catalogue_id_catalogues",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_batches_catalogue_id", "batches", ["catalogue_id"])


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("id", ID, nullable=False),
        sa.Column("catalogue_id", ID, nullable=False),
        sa.Column("sku", sa.String(200), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("item_group", sa.Text()),
        sa.Column("merchant_colour", sa.Text()),
        sa.Column("colour_hex", sa.String(7)),
        sa.Column("colour_name", sa.Text()),
        sa.Column("colour_family", sa.Text()),
        sa.Column("colours", JSON),
        sa.Column("skin", JSON),
        sa.Column("hair", JSON),
        sa.Column("crop_key", sa.Text()),
        sa.Column("cutout_key", sa.Text()),
        sa.Column("thumbnail_key", sa.Text()),
        sa.Column("confidence", sa.Double()),
        sa.Column("provenance", JSON),
        sa.Column("enriched_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("catalogue_id", "sku", name="uq_products_catalogue_id_sku"),
        sa.ForeignKeyConstraint(
            ["catalogue_id"],
            ["catalogues.id"],
            name="fk_products_catalogue_id_catalogues",
            ondelete="CASCADE",
        ),
    )


def _product_images() -> None:
    op.create_table(
        "product_images",
        sa.Column("id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("subject", sa.String(16)),
        sa.Column("score", sa.Double()),
        sa.Column("box", JSON),
        sa.Column("size", JSON),
        sa.Column("shades", JSON),
        sa.Column("confidence", sa.Double()),
        sa.Column("crop_key", sa.Text()),
        sa.Column("cutout_key", sa.Text()),
        sa.Column("thumbnail_key", sa.Text()),
        sa.Column("provenance", JSON),
        sa.Column("outcome", sa.String(16)),
        sa.Column("code", sa.String(32)),
        sa.Column("enriched_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product_images"),
        sa.UniqueConstraint("product_id", "position", name="uq_product_images_product_id_position"),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name="fk_product_images_product_id_products",
            ondelete="CASCADE",
        ),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("image_id", ID, nullable=False),
        sa.Column("batch_id", ID),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", TIME),
        sa.Column("next_attempt_at", TIME),
        sa.Column("rung_at", TIME),
        sa.Column("code", sa.String(32)),
        sa.Column("stage", sa.String(16)),
        sa.Column("message", sa.Text()),
        sa.Column("timings_ms", JSON),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("image_id", "generation", name="uq_jobs_image_id_generation"),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["product_images.id"],
            name="fk_jobs_image_id_product_images",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_jobs_batch_id_batches", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_jobs_batch_id", "jobs", ["batch_id"])
    for name, columns in (
        ("ix_jobs_open", ["attempts", "id"]),
        ("ix_jobs_to_ring", ["rung_at", "id"]),
    ):
        op.create_index(name, "jobs", columns, postgresql_where=OPEN, sqlite_where=OPEN)
