"""What the job of a picture's present generation says of it.

A held job says nothing: it waits for a draft, and how it ends is not what became of the picture.
"""

from sqlalchemy import ColumnElement, exists, or_, select

from shared.contracts.jobs import JobState
from shared.database.models import Job, ProductImage
from shared.ledger.reopening import FAILED_STATES


def _present_job(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(Job.id)
        .where(
            Job.image_id == ProductImage.id,
            Job.generation == ProductImage.generation,
            condition,
        )
        .correlate(ProductImage)
    )


def is_new() -> ColumnElement[bool]:
    """Return the condition that a picture waits for its first attempt."""
    # A recheck that waits is no such job: it would find that nothing has changed.
    ordinary = ~Job.held & ~Job.recheck
    return _present_job((Job.state == JobState.PENDING) & (Job.attempts == 0) & ordinary)


def has_failed() -> ColumnElement[bool]:
    """Return the condition that a picture failed, or is in quarantine."""
    return or_(
        _present_job(Job.state.in_(FAILED_STATES) & ~Job.held),
        _present_job(Job.held.is_(True)) & ProductImage.outcome.in_(FAILED_STATES),
    )
