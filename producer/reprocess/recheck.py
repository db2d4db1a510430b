"""Rechecks: finished pictures whose server is asked whether they are still the same.

The job that brought a picture to its end is opened again: a night adds no rows. Pictures are walked
through by primary key, as a backfill does; what waits already is not chosen again, so a walk that
was cut short can be started anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, func, or_, select, update

from shared.contracts.jobs import JobState, Queue
from shared.contracts.stages import Code
from shared.database.engine import among, reading
from shared.database.id_ranges import id_ranges
from shared.database.models import Job, Product, ProductImage
from shared.ledger.reopening import FAILED_STATES, UNBEGUN

JOBS_AT_ONCE: Final = 1000
"""How many jobs share a transaction that writes."""

ENDED: Final = (JobState.DONE, JobState.NO_PERSON)
"""The outcomes that a recheck may find to stand; what failed is for retry and backfill."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The pictures of a catalogue that were not checked since ``before``.

    Pictures beside a feed are left out, but for those in ``folder``: a worker elsewhere cannot read
    them.
    """

    catalogue_id: int
    before: datetime
    folder: Path | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what must hold of a picture, its product and the job of its generation."""
        at = func.coalesce(ProductImage.checked_at, ProductImage.enriched_at)
        remote = ~ProductImage.url.startswith("file:")
        if self.folder is not None:
            ours = f"{self.folder.resolve().as_uri()}/"
            remote = or_(remote, ProductImage.url.startswith(ours, autoescape=True))
        return [
            Product.catalogue_id == self.catalogue_id,
            ProductImage.outcome.in_(ENDED),
            or_(at.is_(None), at < self.before),
            remote,
            or_(Job.state.in_(ENDED), _is_no_failure()),
        ]


def _is_no_failure() -> ColumnElement[bool]:
    """Return the condition that a failed job leaves its picture's outcome as it is.

    A recheck does: tonight its server may be back. So does a staged job. Not where a worker died
    over it: an operator should look at that first.
    """
    return and_(
        or_(Job.recheck, Job.staged),
        Job.state.in_(FAILED_STATES),
        Job.code != Code.ATTEMPTS_EXHAUSTED,
    )


def pages(engine: Engine, stale: Stale) -> Iterator[list[int]]:
    """Yield the jobs of stale pictures by spans of pictures; a page may be empty."""
    for span in id_ranges(engine, ProductImage.id):
        with reading(engine).begin() as connection:
            yield list(connection.scalars(jobs_of(stale).where(span.holds(ProductImage.id))))


def jobs_of(stale: Stale) -> Select[*tuple[Any, ...]]:
    """Return the query for the jobs of all stale pictures, in the order of their pictures."""
    return (
        select(Job.id)
        .select_from(ProductImage)
        .join(Job, and_(Job.image_id == ProductImage.id, Job.generation == ProductImage.generation))
        .join(Product, Product.id == ProductImage.product_id)
        .where(*stale.conditions())
        .order_by(ProductImage.id)
    )


def recheck(
    engine: Engine,
    stale: Stale,
    *,
    limit: int | None = None,
    dry_run: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Open the jobs of stale pictures again, ``limit`` of them at most; return how many.

    A dry run only counts. ``on_progress`` hears of the number after every transaction; what it
    raises ends the walk, and what was opened until then stays so.
    """
    opened = 0
    for page in pages(engine, stale):
        for start in range(0, len(page), JOBS_AT_ONCE):
            ids = page[start : start + JOBS_AT_ONCE]
            if limit is not None:
                ids = ids[: limit - opened]
            if not dry_run:
                with engine.begin() as connection:
                    ids = _reopen(connection, stale, ids)
            opened += len(ids)
            if opened == limit:
                return opened
        if on_progress is not None:
            on_progress(opened)
    return opened


def _reopen(connection: Connection, stale: Stale, job_ids: list[int]) -> list[int]:
    """Make those of the jobs pending that are still of stale pictures; return their ids."""
    locked = jobs_of(stale).where(among(connection, Job.id, job_ids)).with_for_update(of=Job)
    ids = list(connection.scalars(locked))
    connection.execute(
        update(Job)
        .where(among(connection, Job.id, ids))
        .values(
            recheck=True,
            staged=False,  # its staged result stays, and is overtaken if the picture changed
            queue=Queue.NIGHTLY,
            attempts=0,
            **UNBEGUN,
        )
    )
    return ids
