"""Taking and releasing leases: the statements behind :class:`shared.ledger.ledger.Ledger`.

Every function works in the caller's transaction. On PostgreSQL, rows that another worker is just
taking are skipped; SQLite lets one transaction write at a time, so there is none to skip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, or_, select, update

from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code
from shared.database.models import OPEN, Catalogue, Job, Product, ProductImage
from shared.errors import StageError

SUPERSEDED = "a newer picture took this one's place"
MESSAGE_LENGTH = 1000
"""The most characters of an error's message that the ledger keeps."""
TRACED_FOR = timedelta(days=1)
"""For how long a job carries the trace of what added it."""

Columns = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Claimable:
    """The jobs from which a claim chooses, those given or any, and the terms of the lease."""

    now: datetime
    lease_s: float
    job_ids: Sequence[int] | None = None
    counts: int = 1
    """How many attempts one lease counts for: 0 where it only serves to close a job."""

    @property
    def condition(self) -> ColumnElement[bool]:
        """True for every job of the pool that may be taken."""
        due = is_due(self.now)
        return due if self.job_ids is None else and_(Job.id.in_(self.job_ids), due)


def is_due(now: datetime) -> ColumnElement[bool]:
    """Return the condition for open jobs that no lease and no waiting time holds back."""
    return and_(
        OPEN,  # word for word as in the partial indexes, or they would not be used
        or_(
            and_(
                Job.state != JobState.LEASED,
                or_(Job.next_attempt_at.is_(None), Job.next_attempt_at <= now),
            ),
            and_(Job.state == JobState.LEASED, Job.lease_until <= now),
        ),
    )


def take(
    connection: Connection, pool: Claimable, which: ColumnElement[bool], limit: int
) -> list[Claim]:
    """Lease up to ``limit`` jobs of the pool of which ``which`` is true, fewest attempts first.

    Attempts are counted unless the pool says otherwise. Jobs whose picture has been replaced are
    closed on the way, and others taken instead.
    """
    while True:
        rows = connection.execute(
            _query()
            .where(pool.condition, which)
            .order_by(Job.attempts, Job.id)
            .limit(limit)
            .with_for_update(of=Job, skip_locked=True)
        ).all()
        stale = [row.job_id for row in rows if row.generation < row.image_generation]
        if stale:
            close_superseded(connection, stale, pool.now)
        rows = [row for row in rows if row.generation >= row.image_generation]
        if rows or not stale:
            break
    return _lease(connection, rows, pool)


def release(connection: Connection, claim: Claim) -> None:
    """Release a lease: the job is pending again, and the attempt is not counted."""
    connection.execute(
        update(Job)
        .where(
            Job.id == claim.job_id,
            Job.lease_token == claim.lease_token,
            Job.state == JobState.LEASED,
        )
        .values(
            state=JobState.PENDING,
            attempts=Job.attempts - 1,
            lease_token=None,
            lease_until=None,
            dispatched_at=None,
        )
    )


def defer(connection: Connection, leased: Sequence[Claim], until: datetime, why: StageError) -> int:
    """Defer leased jobs until then without counting the attempt; return how many were leased."""
    deferred = connection.execute(
        update(Job)
        .where(
            Job.id.in_([claim.job_id for claim in leased]),
            Job.lease_token.in_({claim.lease_token for claim in leased}),
            Job.state == JobState.LEASED,
        )
        .values(
            state=JobState.RETRY,
            attempts=Job.attempts - 1,
            next_attempt_at=until,
            lease_token=None,
            lease_until=None,
            dispatched_at=None,
            stage=why.stage,
            code=why.code,
            message=storable(why.message),
        )
    )
    return deferred.rowcount


def storable(message: str) -> str:
    """Return of an error's message what the ledger keeps."""
    # A server's words may hold what PostgreSQL refuses: NUL, or half of a surrogate pair.
    clean = message.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return clean[:MESSAGE_LENGTH]


def close_superseded(connection: Connection, job_ids: Sequence[int], now: datetime) -> None:
    """End jobs whose picture has been replaced by one of a newer generation."""
    connection.execute(
        update(Job)
        .where(Job.id.in_(job_ids))
        .values(
            state=JobState.FAILED,
            code=Code.SUPERSEDED,
            stage=None,
            message=SUPERSEDED,
            lease_token=None,
            lease_until=None,
            finished_at=now,
        )
    )


def _lease(connection: Connection, rows: Sequence[Row[*Columns]], pool: Claimable) -> list[Claim]:
    if not rows:
        return []
    token = uuid4().hex
    connection.execute(
        update(Job)
        .where(Job.id.in_([row.job_id for row in rows]))
        .values(
            state=JobState.LEASED,
            attempts=Job.attempts + pool.counts,
            lease_token=token,
            lease_until=pool.now + timedelta(seconds=pool.lease_s),
            # The lease before ran out without an outcome; say so until this attempt has one.
            code=case((Job.state == JobState.LEASED, Code.LEASE_EXPIRED), else_=Job.code),
        )
    )
    return [_claim(row, row.attempts + pool.counts, token, pool.now) for row in rows]


def _query() -> Select[*Columns]:
    return (
        select(
            Job.id.label("job_id"),
            Job.generation,
            Job.attempts,
            Job.lease_token,
            Job.batch_id,
            Job.staged.label("staged"),
            Job.trace,
            Job.created_at,
            Job.recheck,
            ProductImage.id.label("image_id"),
            ProductImage.generation.label("image_generation"),
            ProductImage.url,
            ProductImage.position,
            ProductImage.outcome,
            ProductImage.sha256,
            ProductImage.fingerprint.label("fingerprint"),
            Product.id.label("product_id"),
            Product.sku,
            Product.category,
            Product.title,
            Catalogue.name.label("catalogue"),
        )
        .join(ProductImage, ProductImage.id == Job.image_id)
        .join(Product, Product.id == ProductImage.product_id)
        .join(Catalogue, Catalogue.id == Product.catalogue_id)
    )


def _claim(row: Row[*Columns], attempts: int, lease_token: str, now: datetime) -> Claim:
    return Claim(
        job_id=row.job_id,
        image_id=row.image_id,
        product_id=row.product_id,
        catalogue=row.catalogue,
        sku=row.sku,
        url=row.url,
        position=row.position,
        category=row.category,
        generation=row.generation,
        attempts=attempts,
        lease_token=lease_token,
        staged_batch=row.batch_id if row.staged else None,
        known=_known(row) if row.recheck else None,
        title=row.title,
        batch_id=row.batch_id,
        # A job that is opened again later is no part of what added it.
        trace=row.trace if now - row.created_at < TRACED_FOR else None,
    )


def _known(row: Row[*Columns]) -> SourceFingerprint:
    """Return the fingerprint that a recheck compares with: that of the outcome's own bytes."""
    fingerprint = SourceFingerprint.from_json(row.fingerprint or {})
    if row.outcome is JobState.DONE and fingerprint.sha256 != row.sha256:
        # The result is of other bytes than were fetched last, so the ETag of those says nothing
        # about it.
        return SourceFingerprint(sha256=row.sha256)
    return fingerprint
