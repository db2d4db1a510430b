"""Filters on pictures by the job of their present generation.

A staged job is ignored: it gives a staged result, and its outcome is not the picture's.
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
    # A waiting recheck is not one: it may find the picture unchanged.
    ordinary = ~Job.staged & ~Job.recheck
    return _present_job((Job.state == JobState.PENDING) & (Job.attempts == 0) & ordinary)


def is_at_work() -> ColumnElement[bool]:
    """Return the condition that a picture was begun and is not finished."""
    begun = (Job.state != JobState.PENDING) | (Job.attempts > 0) | Job.recheck
    open_states = (JobState.PENDING, JobState.RETRY, JobState.LEASED)
    return _present_job(Job.state.in_(open_states) & begun & ~Job.staged)


def has_failed() -> ColumnElement[bool]:
    """Return the condition that a picture failed, or is in quarantine."""
    return or_(
        _present_job(Job.state.in_(FAILED_STATES) & ~Job.staged),
        _present_job(Job.staged.is_(True)) & ProductImage.outcome.in_(FAILED_STATES),
    )
