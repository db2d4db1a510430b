"""Reopening: jobs that have failed become pending again, under the ledger's own rules.

Only a job that has ended, and is of its picture's present generation, can be reopened. A lease is
never touched: a leased job is open, not failed; and the token of a worker that was frozen past its
lease matches no job any more.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, case, select, update

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.database.engine import among
from shared.database.models import Catalogue, Job, Product, ProductImage

Columns = tuple[Any, ...]

FAILED_STATES: Final = (JobState.FAILED, JobState.QUARANTINED)
"""The states from which a job can be reopened."""

UNBEGUN: Final[dict[str, Any]] = {
    "state": JobState.PENDING,
    "lease_token": None,
    "lease_until": None,
    "next_attempt_at": None,
    "dispatched_at": None,
    "stage": None,
    "code": None,
    "message": None,
    "timings_ms": None,
    "finished_at": None,
}
"""The columns of a job that was never claimed; whoever reopens it sets ``attempts``."""

ENDED_WELL: Final = (Code.OK, Code.NO_PERSON, Code.UNCHANGED)
"""Codes of jobs that did not fail."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Which failed jobs are wanted; every condition narrows, an empty one is ignored."""

    states: tuple[JobState, ...] = FAILED_STATES
    codes: tuple[Code, ...] = ()
    batch_id: int | None = None
    catalogue_id: int | None = None
    job_ids: tuple[int, ...] = ()


class Failure(NamedTuple):
    """One failed job; ``ended_at`` is when it came to its end."""

    job_id: int
    catalogue: str
    sku: str
    url: str
    state: JobState
    stage: Stage | None
    code: Code | None
    message: str | None
    attempts: int
    ended_at: datetime | None


def find(
    connection: Connection,
    wanted: Failures,
    these: ColumnElement[bool],
    limit: int | None = None,
) -> list[Failure]:
    """Return those of ``these`` that failed as wanted, in the order of their ids."""
    columns = (
        Job.id,
        Catalogue.name,
        Product.sku,
        ProductImage.url,
        Job.state,
        Job.stage,
        Job.code,
        Job.message,
        Job.attempts,
        Job.finished_at,
    )
    query = failed_jobs(select(*columns), wanted).where(these).order_by(Job.id).limit(limit)
    return [Failure(*row) for row in connection.execute(query)]


def reopen(
    connection: Connection,
    wanted: Failures,
    job_ids: Collection[int],
    max_attempts: int,
    *,
    as_suspects: bool = False,
) -> list[int]:
    """Make those of the jobs pending that are still as wanted; return their ids.

    A job that failed with an error starts anew, with no attempt counted. One whose attempts ended
    without an outcome may kill its worker: it stays a suspect, and with ``as_suspects`` all do.
    """
    these = among(connection, Job.id, job_ids)
    locked = failed_jobs(select(Job.id), wanted).where(these).order_by(Job.id)
    ids = list(connection.scalars(locked.with_for_update(of=Job)))
    attempted = attempts_of_suspect(max_attempts)
    silent = Job.code == Code.ATTEMPTS_EXHAUSTED
    connection.execute(
        update(Job)
        .where(among(connection, Job.id, ids))
        .values(
            attempts=attempted if as_suspects else case((silent, attempted), else_=0),
            **UNBEGUN,
        )
    )
    return ids


def attempts_of_suspect(max_attempts: int) -> int:
    """Return how many attempts count for a job that is to begin as a suspect.

    That is one: it runs alone, cannot take other jobs down with it, and has all further attempts
    left. Where only one attempt is allowed there are no suspects, so it is none.
    """
    return min(1, max_attempts - 1)


def failed_jobs(query: Select[*Columns], wanted: Failures) -> Select[*Columns]:
    """Narrow a query of any columns to the failed jobs that are wanted.

    The query may select from jobs, their pictures, products and catalogues.
    """
    narrow: list[ColumnElement[bool]] = [Job.state.in_(wanted.states)]
    if wanted.codes:
        narrow.append(Job.code.in_(wanted.codes))
    if wanted.batch_id is not None:
        narrow.append(Job.batch_id == wanted.batch_id)
    if wanted.catalogue_id is not None:
        narrow.append(Product.catalogue_id == wanted.catalogue_id)
    if wanted.job_ids:
        narrow.append(Job.id.in_(wanted.job_ids))
    return (
        query.select_from(Job)
        # A job of an older generation could only be superseded again.
        .join(
            ProductImage,
            (ProductImage.id == Job.image_id) & (ProductImage.generation == Job.generation),
        )
        .join(Product, Product.id == ProductImage.product_id)
        .join(Catalogue, Catalogue.id == Product.catalogue_id)
        .where(*narrow)
    )
