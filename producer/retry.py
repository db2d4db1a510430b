"""Retry: failed jobs put back as pending, a thousand to a transaction."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import ColumnElement, Engine

from producer.pages import spans
from shared.database import reading
from shared.models import Job
from shared.reopening import Failure, Failures, find, reopen

JOBS_AT_ONCE: Final = 1000
"""How many jobs share a transaction that writes."""

JOBS_LOOKED_AT: Final = 20_000
"""How many ids one statement looks through; only of failed jobs is anything looked up elsewhere."""


def failures(engine: Engine, wanted: Failures, limit: int | None = None) -> Iterator[list[Failure]]:
    """Yield pages of failed jobs, ``limit`` of them in all, in the order of their ids."""
    left = limit
    for these in _pieces(engine, wanted):
        with reading(engine).begin() as connection:
            found = find(connection, wanted, these, left)
        for start in range(0, len(found), JOBS_AT_ONCE):
            yield found[start : start + JOBS_AT_ONCE]
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

    See :func:`shared.reopening.reopen` for what becomes of their attempts. A retry that was cut
    short can be started again: what is pending already has failed no more.
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


def _pieces(engine: Engine, wanted: Failures) -> Iterator[ColumnElement[bool] | None]:
    if wanted.job_ids:
        yield None  # few enough to be found by their ids alone
        return
    for span in spans(engine, Job.id, JOBS_LOOKED_AT):
        yield span.holds(Job.id)
