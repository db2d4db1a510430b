"""Who works just now, which hosts are waited for, and which uploads were heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.contracts.jobs import JobState
from shared.database.models import OPEN, HostBackoff, Job, Upload, utc_now

MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class RunningLease:
    """A chunk of jobs that one worker has claimed, and until when they are its own."""

    token: str
    jobs: int
    until: datetime | None


def running_leases(session: Session) -> Sequence[RunningLease]:
    """Return the leases that run: one for each worker that is busy; a dead one's runs out."""
    query = (
        select(Job.lease_token, func.count(), func.max(Job.lease_until))
        # Attempts are greater than 0 for every leased job, and the index needs it.
        .where(OPEN, Job.attempts > 0, Job.state == JobState.LEASED, Job.lease_until > utc_now())
        .group_by(Job.lease_token)
        .order_by(func.max(Job.lease_until).desc())
        .limit(MOST_SHOWN)
    )
    return [
        RunningLease((token or "")[:8], jobs, until)
        for token, jobs, until in session.execute(query)
    ]


def waiting_hosts(session: Session) -> Sequence[HostBackoff]:
    """Return the hosts from which nothing is fetched just now, the longest wait first."""
    query = select(HostBackoff).where(HostBackoff.ends_at > utc_now())
    return session.scalars(query.order_by(HostBackoff.ends_at.desc()).limit(MOST_SHOWN)).all()


def heard_uploads(session: Session) -> Sequence[Upload]:
    """Return the objects of which something was heard last, the newest first."""
    return session.scalars(select(Upload).order_by(Upload.seen_at.desc()).limit(MOST_SHOWN)).all()
