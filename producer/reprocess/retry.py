"""Retry: failed jobs put back as pending, a thousand to a transaction."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sqlalchemy import Engine, func, select

from shared.database.engine import among, reading
from shared.database.models import FAILED, Job
from shared.ledger.reopening import Failure, Failures, find, reopen

JOBS_AT_ONCE: Final = 1000
"""How many jobs are looked up in one statement, and share a transaction that writes."""


def failures(engine: Engine, wanted: Failures, limit: int | None = None) -> Iterator[list[Failure]]:
    """Yield pages of failed jobs, ``limit`` of them in all, in the order of their ids."""
    left = limit
    for ids in _failed(engine, wanted):
        with reading(engine).begin() as connection:
            found = find(connection, wanted, among(connection, Job.id, ids), left)
        if found:
            yield found
        if left is not None:
            left -= len(found)
            if left == 0:
                return


def retry(
    engine: Engine,
    wanted: Failures,
    max_attempts: int,
    *,
    as_suspects: bool = False,
    limit: int | None = None,
    dry_run: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Reopen failed jobs; return how many by code. A dry run only counts.

    See :func:`shared.ledger.reopening.reopen` for what becomes of their attempts. A retry that was
    cut short can be started again: what is pending already has failed no more.
    """
    done: Counter[str] = Counter()
    for page in failures(engine, wanted, limit):
        ids = [failure.job_id for failure in page]
        if not dry_run:
            with engine.begin() as connection:
                ids = reopen(connection, wanted, ids, max_attempts, as_suspects=as_suspects)
        reopened = set(ids)
        done.update(failure.code or "none" for failure in page if failure.job_id in reopened)
        if on_progress is not None:
            on_progress(done.total())
    return dict(done)


def _failed(engine: Engine, wanted: Failures) -> Iterator[Sequence[int]]:
    """Yield the ids of failed jobs from the index that holds no others, a page at a time."""
    if wanted.job_ids:
        ids = sorted(set(wanted.job_ids))
        for start in range(0, len(ids), JOBS_AT_ONCE):
            yield ids[start : start + JOBS_AT_ONCE]
        return
    # Jobs that fail meanwhile are left out, so this ends.
    query = select(Job.id).where(FAILED, Job.state.in_(wanted.states)).order_by(Job.id)
    with reading(engine).begin() as connection:
        end = connection.scalar(select(func.max(Job.id)))
    last = 0
    while end is not None:
        with reading(engine).begin() as connection:
            page = query.where(Job.id > last, Job.id <= end).limit(JOBS_AT_ONCE)
            ids = list(connection.scalars(page))
        if not ids:
            return
        yield ids
        last = ids[-1]
