"""The pace of recent work, read off the ledger: how long will so many pictures take?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, select

from shared.contracts.stages import Code
from shared.database.engine import reading
from shared.database.models import OPEN, Job

SAMPLE: Final = 2000
"""How many jobs are looked at, at each of the two places where recent ones are."""

LONGEST_GAP_S: Final = 60.0
"""Where nothing ended for longer, no worker was running."""

FEWEST: Final = 10
"""Fewer pictures give no pace."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Pictures a second, measured on ``pictures`` of them, the last of which ended at ``until``."""

    per_s: float
    pictures: int
    until: datetime

    def seconds_for(self, pictures: int) -> float:
        """Return how long so many pictures take at this pace."""
        return pictures / self.per_s


def recent_pace(engine: Engine, *, unchanged: bool = False) -> Pace | None:
    """Measure the pace of the jobs that ended last, by all workers together.

    Rechecks that found nothing new go much faster than pictures that are done: with ``unchanged``
    only the former are measured, otherwise only the latter.

    Returns None where too few have ended. Jobs are taken up in the order of their ids, so the last
    ones stand before the first that is still fresh, or at the end of the table: two short walks
    along the primary key, however many jobs there are.
    """
    columns = (Job.id, Job.finished_at, Job.code)
    with reading(engine).begin() as connection:
        front = connection.scalar(
            select(Job.id).where(OPEN, Job.attempts == 0).order_by(Job.attempts, Job.id).limit(1)
        )
        places = [select(*columns)]
        if front is not None:
            places.append(select(*columns).where(Job.id < front))
        ended = {
            job_id: at
            for place in places
            for job_id, at, code in _ended(connection, place)
            if (code is Code.UNCHANGED) is unchanged
        }
    return measure(ended.values())


def measure(ended_at: Iterable[datetime]) -> Pace | None:
    """Return the pace of pictures that ended at these times, gaps left out; None for too few.

    >>> from datetime import UTC, timedelta
    >>> start = datetime(2026, 11, 24, tzinfo=UTC)
    >>> measure(start + timedelta(seconds=second / 2) for second in range(101)).per_s
    2.0
    """
    times = sorted(ended_at)
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    busy = [gap for gap in gaps if gap <= LONGEST_GAP_S]
    if len(busy) < FEWEST or not sum(busy):
        return None
    return Pace(len(busy) / sum(busy), len(busy), times[-1])


def _ended(
    connection: Connection, place: Select[*tuple[Any, ...]]
) -> Iterable[tuple[int, datetime, Code]]:
    near = place.order_by(Job.id.desc()).limit(SAMPLE).subquery()
    query = select(near.c.id, near.c.finished_at, near.c.code).where(
        near.c.finished_at.is_not(None),
        near.c.code != Code.SUPERSEDED,  # no worker has processed these
    )
    return [(row.id, row.finished_at, row.code) for row in connection.execute(query)]
