"""The tables: catalogues, products, their pictures, and the jobs of the ledger.

Two facts shape the columns. ``products`` holds what a shop needs, the answer included, in plain
columns; and a job is one picture at one *generation*: enqueue raises the picture's generation when
its URL changes, and a job of an older generation can no longer write anything. Some keep an earlier
name in the database until 0.2: see :mod:`shared.database.renamed`.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.jobs import LONGEST_NAME, JobState, Queue, Staging, Trigger
from shared.contracts.results import Pattern
from shared.contracts.stages import Code, Stage
from shared.database.base import Row
from shared.database.columns import ID_COLUMN
from shared.database.renamed import NOTES


def utc_now() -> datetime:
    """Return the current time, aware, in UTC: the ledger's default clock."""
    return datetime.now(UTC)


class Catalogue(Row):
    """One shop's set of products; ``nightly_at`` is when its last whole nightly run began."""

    __tablename__ = "catalogues"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    nightly_at: Mapped[datetime | None]


class Product(Row):
    """A row of a catalogue, unique by sku, with the answer in columns of its own.

    ``merchant_colour`` is the shop's own word for the colour; no result ever overwrites it.
    ``colours``, ``skin`` and ``hair`` are lists of :meth:`shared.contracts.results.Shade.to_json`.
    ``colour_family_second`` is the other family where the colour lies between two. ``pattern``,
    ``warnings`` and ``piece`` are the main picture's. ``changed_in`` is of triggers alone: in which
    transaction the row was last written (:mod:`producer.catalogue.change_feed`).
    """

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("catalogue_id", "sku"), Index(None, "changed_in", "id"))

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    catalogue_id: Mapped[int] = mapped_column(ForeignKey("catalogues.id", ondelete="CASCADE"))
    sku: Mapped[str] = mapped_column(String(LONGEST_NAME))
    title: Mapped[str | None]
    category: Mapped[str | None]
    item_group: Mapped[str | None]
    merchant_colour: Mapped[str | None]
    colour_hex: Mapped[str | None] = mapped_column(String(7))
    colour_name: Mapped[str | None]
    colour_family: Mapped[str | None]
    colour_family_second: Mapped[str | None]
    pattern: Mapped[Pattern | None]
    piece: Mapped[str | None]
    colours: Mapped[list[Any] | None]
    skin: Mapped[list[Any] | None]
    hair: Mapped[list[Any] | None]
    warnings: Mapped[list[Any] | None]
    crop_key: Mapped[str | None]
    cutout_key: Mapped[str | None]
    thumbnail_key: Mapped[str | None]
    confidence: Mapped[float | None]
    provenance: Mapped[dict[str, Any] | None]
    enriched_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)
    changed_in: Mapped[int | None] = mapped_column(ID_COLUMN)


IN_S3 = text("substr(url, 1, 5) = 's3://'")
"""The pictures that lie in an object store, word for word as in their partial index."""


class ProductImage(Row):
    """One of a product's pictures, and what was last found in it.

    ``position`` 0 is the main picture. ``generation`` counts the pictures that have stood at this
    position; only a job of the present generation may write here. ``shades`` maps each region to a
    list of shades. A picture that fails, or shows nobody, changes ``outcome`` and ``code`` alone:
    what an earlier picture gave stays until a new one gives more.

    ``warnings`` are words; ``piece`` is the part of the outfit that the shades of clothes are of.

    ``fingerprint`` (a ``SourceFingerprint``) is of the bytes that the outcome was judged from;
    ``checked_at`` is when the shop last sent them, or said that they are still the same.
    """

    __tablename__ = "product_images"
    # By position, not by URL: a URL may be longer than an index entry can be.
    __table_args__ = (
        UniqueConstraint("product_id", "position"),
        # Upload events ask by URL. A hash has room for any length, and other URLs are never asked.
        Index(
            "ix_product_images_s3_url",
            "url",
            postgresql_using="hash",
            postgresql_where=IN_S3,
            sqlite_where=IN_S3,
        ),
    )

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    role: Mapped[str | None]
    url: Mapped[str]
    generation: Mapped[int] = mapped_column(default=1)
    sha256: Mapped[str | None] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(String(16))
    score: Mapped[float | None]
    box: Mapped[list[Any] | None]
    size: Mapped[list[Any] | None]
    shades: Mapped[dict[str, Any] | None]
    pattern: Mapped[Pattern | None]
    piece: Mapped[str | None]
    warnings: Mapped[list[Any] | None]
    confidence: Mapped[float | None]
    crop_key: Mapped[str | None]
    cutout_key: Mapped[str | None]
    thumbnail_key: Mapped[str | None]
    provenance: Mapped[dict[str, Any] | None]
    outcome: Mapped[JobState | None]
    code: Mapped[Code | None]
    enriched_at: Mapped[datetime | None]
    fingerprint: Mapped[dict[str, Any] | None] = mapped_column(
        "seen", comment=NOTES["product_images.seen"]
    )
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Batch(Row):
    """What one enqueue added; ``staging`` is how far a staged batch is, None for any other."""

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    catalogue_id: Mapped[int | None] = mapped_column(
        ForeignKey("catalogues.id", ondelete="CASCADE"), index=True
    )
    trigger: Mapped[Trigger] = mapped_column(default=Trigger.MANUAL)
    source: Mapped[str | None]
    staging: Mapped[Staging | None] = mapped_column("hold", comment=NOTES["batches.hold"])
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


OPEN = text("state IN ('pending', 'retry', 'leased')")
"""The jobs that are not finished: the only ones that the ledger's indexes hold."""

FAILED = text("state IN ('failed', 'quarantined')")
"""The jobs that retry, release and failures look for, word for word as in their partial index."""


class Job(Row):
    """One picture to be processed at one generation.

    ``attempts`` is raised when a lease is taken, before anything is fetched, so that a picture
    which kills its worker is counted. ``next_attempt_at`` empty means at once. ``queue`` is where
    notifications for the job wait, ``dispatched_at`` when the last one was published. ``stage``,
    ``code`` and ``message`` are of the last attempt. ``staged`` is True for jobs of a staged batch.
    ``recheck`` is True for a job that was reopened to ask whether its picture has changed.
    ``trace`` is the span that added it, as W3C's traceparent.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("image_id", "generation"),
        # Finished jobs stay for years; these stay as small as the work that is left.
        Index("ix_jobs_open", "attempts", "id", postgresql_where=OPEN, sqlite_where=OPEN),
        # By queue first: uploads must be found behind any number of jobs of a backfill.
        Index(
            "ix_jobs_queue_to_ring",
            "queue",
            "rung_at",
            "id",
            postgresql_where=OPEN,
            sqlite_where=OPEN,
        ),
        Index("ix_jobs_failed", "id", "state", postgresql_where=FAILED, sqlite_where=FAILED),
    )

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("product_images.id", ondelete="CASCADE"))
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("batches.id", ondelete="SET NULL"), index=True
    )
    generation: Mapped[int] = mapped_column(default=1)
    # The database has a default too: older producers go on inserting jobs while they are replaced.
    queue: Mapped[Queue] = mapped_column(default=Queue.NIGHTLY, server_default=Queue.NIGHTLY.value)
    staged: Mapped[bool] = mapped_column(
        "held", default=False, server_default=false(), comment=NOTES["jobs.held"]
    )
    recheck: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[JobState] = mapped_column(default=JobState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None] = mapped_column("rung_at", comment=NOTES["jobs.rung_at"])
    code: Mapped[Code | None]
    stage: Mapped[Stage | None]
    message: Mapped[str | None]
    timings_ms: Mapped[dict[str, Any] | None]
    trace: Mapped[str | None] = mapped_column(String(55))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]


class StagedResult(Row):
    """What a job of a staged batch gave, kept beside the picture until the batch is promoted.

    ``result`` maps columns of the picture to the values that a promotion writes, None where the job
    gave none; ``before`` to those that it replaced. Timestamps are ISO 8601 in both.
    ``product_id`` is the picture's, so that a batch can be walked through product by product.
    """

    __tablename__ = "drafts"
    __table_args__ = ({"comment": NOTES["drafts"]},)

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True
    )
    product_id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(
        ForeignKey("product_images.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    generation: Mapped[int]
    outcome: Mapped[JobState]
    code: Mapped[Code]
    result: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    made_at: Mapped[datetime]
    promoted_at: Mapped[datetime | None]


class HostBackoff(Row):
    """A web server that throttles, and from which nothing is fetched until ``ends_at``.

    ``host`` includes a port where URLs name one. The host throttles since ``began_at``.
    """

    __tablename__ = "host_pauses"
    __table_args__ = ({"comment": NOTES["host_pauses"]},)

    host: Mapped[str] = mapped_column(String(300), primary_key=True)
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Upload(Row):
    """An object of a bucket, as the last of its upload events that counted left it.

    An event whose ``sequencer`` is not greater than this one, by code points, is old. ``version``
    and ``etag`` are those of the object that was put; None where it was deleted.
    """

    __tablename__ = "uploads"

    bucket: Mapped[str] = mapped_column(String(255), primary_key=True)
    key: Mapped[str] = mapped_column(String(1024), primary_key=True)
    sequencer: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[str | None]
    etag: Mapped[str | None]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class JobCount(Row):
    """How many jobs of a batch have one state and one code: the sum of all such rows.

    Only triggers write here; see :mod:`shared.ledger.counts`.
    """

    __tablename__ = "job_counts"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    batch_id: Mapped[int | None] = mapped_column(ID_COLUMN, index=True)
    state: Mapped[JobState]
    code: Mapped[Code | None]
    jobs: Mapped[int]


class ProductCount(Row):
    """How many products a catalogue has, and how many of them are enriched: the sum, as above."""

    __tablename__ = "product_counts"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    catalogue_id: Mapped[int] = mapped_column(ID_COLUMN)
    products: Mapped[int]
    enriched: Mapped[int]
