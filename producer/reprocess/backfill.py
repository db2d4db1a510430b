"""Backfill: pictures that are to be done again, chosen by what made their results.

The pictures are walked through by primary key. What is chosen gets its next generation and a job of
it, a thousand pictures to a transaction. A picture whose job is still open is left alone, so a
backfill that was cut short can be started again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Select, or_, select, true, update

from producer.enqueue.store import CatalogueTransaction
from producer.reprocess.conditions import Condition, Made
from shared.contracts.jobs import FINAL_STATES, JobState, Trigger
from shared.contracts.stages import Code
from shared.database.engine import among, reading
from shared.database.id_ranges import id_ranges
from shared.database.models import Catalogue, Job, Product, ProductImage, utc_now
from shared.database.product_locks import lock_products
from shared.ledger.reopening import FAILED_STATES, attempts_of_suspect

PICTURES_AT_ONCE: Final = 1000
"""How many pictures share a transaction that writes."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pictures are to be done again.

    ``missing`` chooses those without a result: never ended, failed or quarantined. ``where``
    chooses those whose result meets every condition. Either is enough; with neither, every picture
    is chosen. ``catalogue_id`` and ``categories`` (any of them) narrow the choice.
    """

    missing: bool = False
    where: tuple[Condition, ...] = ()
    categories: tuple[str, ...] = ()
    catalogue_id: int | None = None

    def chooses(self, made: Made) -> bool:
        """Say whether a picture is chosen by what its result is."""
        if not self.missing and not self.where:
            return True
        if self.missing and is_missing(made):
            return True
        return bool(self.where) and all(condition.holds(made) for condition in self.where)

    @property
    def narrows_products(self) -> bool:
        """True where the choice depends on more than the picture."""
        return self.catalogue_id is not None or bool(self.categories)

    def narrowed(self) -> list[ColumnElement[bool]]:
        """Return what the database can check before a row is sent."""
        narrow: list[ColumnElement[bool]] = []
        if self.catalogue_id is not None:
            narrow.append(Product.catalogue_id == self.catalogue_id)
        if self.categories:
            narrow.append(Product.category.in_(self.categories))
        if self.missing and not self.where:
            narrow.append(
                or_(ProductImage.outcome.is_(None), ProductImage.outcome.in_(FAILED_STATES))
            )
        return narrow


def is_missing(made: Made) -> bool:
    """Say whether a picture has no result; that it shows nobody is one."""
    return made.outcome is None or made.outcome in FAILED_STATES


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a backfill did, or in a dry run would do, in numbers.

    ``missing`` says how many of the new ``jobs`` are for pictures without a result; ``open``
    pictures were chosen too, but their job is still to be done anyway. ``batch_id`` is None where
    there are no jobs.
    """

    batch_id: int | None = None
    jobs: int = 0
    missing: int = 0
    open: int = 0


class _ChosenPicture(NamedTuple):
    id: int
    product_id: int
    job_state: JobState | None
    made: Made

    @property
    def is_open(self) -> bool:
        return self.job_state is not None and self.job_state not in FINAL_STATES


def backfill(
    engine: Engine,
    selection: Selection,
    max_attempts: int,
    *,
    source: str | None = None,
    hold: bool = False,
    limit: int | None = None,
    dry_run: bool = False,
    on_progress: Callable[[Backfilled], None] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Backfilled:
    """Add a job, in one batch of trigger ``backfill``, for every picture that is chosen.

    A picture whose last attempts ended without an outcome may kill its worker: its new job is a
    suspect from the beginning (see :func:`shared.ledger.reopening.reopen`).

    With ``hold`` the batch is staged: its jobs give staged results, and products stay as they are
    until it is promoted. Pictures that wait in a staged batch are skipped only by another one.

    ``source`` is noted with the batch; ``limit`` ends it after so many jobs; ``dry_run`` only
    counts. ``on_progress`` gets the numbers as they grow. Memory does not grow with the table.
    """
    run = _Backfill(engine, selection, max_attempts, source, hold, limit, dry_run, clock)
    for span in id_ranges(engine, ProductImage.id):
        with reading(engine).begin() as connection:
            found = _choose(connection, selection, span.holds(ProductImage.id), hold)
        for start in range(0, len(found), PICTURES_AT_ONCE):
            run.take(found[start : start + PICTURES_AT_ONCE])
            if run.is_full:
                return run.done
        if on_progress is not None:
            on_progress(run.done)
    return run.done


@dataclass(slots=True)
class _Backfill:
    engine: Engine
    selection: Selection
    max_attempts: int
    source: str | None
    hold: bool
    limit: int | None
    dry_run: bool
    clock: Callable[[], datetime]
    done: Backfilled = field(default_factory=Backfilled)

    @property
    def is_full(self) -> bool:
        """True once the limit is reached."""
        return self.limit is not None and self.done.jobs >= self.limit

    def take(self, found: Sequence[_ChosenPicture]) -> None:
        """Count those whose job is open, and add a job for each of the others."""
        waiting = [picture for picture in found if not picture.is_open]
        if self.limit is not None:
            waiting = waiting[: self.limit - self.done.jobs]
        batch_id = self.done.batch_id
        if waiting and not self.dry_run:
            with self.engine.begin() as connection:
                waiting = self._renew(connection, waiting)
                if waiting:
                    batch_id = self._add_jobs(connection, waiting)
        # Counted only once it is committed.
        self.done = replace(
            self.done,
            batch_id=batch_id,
            jobs=self.done.jobs + len(waiting),
            missing=self.done.missing + sum(is_missing(picture.made) for picture in waiting),
            open=self.done.open + sum(picture.is_open for picture in found),
        )

    def _renew(
        self, connection: Connection, pictures: Sequence[_ChosenPicture]
    ) -> list[_ChosenPicture]:
        """Give pictures their next generation; return those that are still to be done again.

        They are chosen once more, since other processes may have changed them. Their catalogues
        are locked before their products, in the order in which an enqueue locks them, so that the
        two cannot deadlock.
        """
        products = {picture.product_id for picture in pictures}
        theirs = select(Product.catalogue_id).where(among(connection, Product.id, products))
        connection.execute(
            select(Catalogue.id)
            .where(Catalogue.id.in_(theirs))
            .order_by(Catalogue.id)
            .with_for_update(key_share=True)
        ).all()
        lock_products(connection, products)
        these = among(connection, ProductImage.id, [picture.id for picture in pictures])
        chosen = _choose(connection, self.selection, these, self.hold)
        found = [picture for picture in chosen if not picture.is_open]
        ids = [picture.id for picture in found]
        catalogue = CatalogueTransaction(connection, self.selection.catalogue_id)
        renewed = catalogue.pictures.renew(ids, failed_only=False, now=self.clock())
        return [picture for picture in found if picture.id in renewed]

    def _add_jobs(self, connection: Connection, pictures: Sequence[_ChosenPicture]) -> int:
        """Add a job for each picture; return the batch they are in."""
        batch_id, now = self.done.batch_id, self.clock()
        catalogue = CatalogueTransaction(connection, self.selection.catalogue_id)
        if batch_id is None:
            batch_id = catalogue.jobs.add_batch(
                Trigger.BACKFILL, self.source, now, staged=self.hold
            )
        these = catalogue.pictures.generations(picture.id for picture in pictures)
        catalogue.jobs.add(these, batch_id, Trigger.BACKFILL.queue, now, staged=self.hold)
        silent = [each.id for each in pictures if each.made.code is Code.ATTEMPTS_EXHAUSTED]
        if silent:
            connection.execute(
                update(Job)
                .where(among(connection, Job.image_id, silent), Job.batch_id == batch_id)
                .values(attempts=attempts_of_suspect(self.max_attempts))
            )
        return batch_id


def _choose(
    connection: Connection, selection: Selection, these: ColumnElement[bool], hold: bool
) -> list[_ChosenPicture]:
    """Return those of the pictures that the selection chooses, in the order of their ids."""
    # An ordinary backfill wants more than a staged result: a staged job is not open to it.
    counts = true() if hold else ~Job.staged
    # Its state, and not whether an open one exists: for that, PostgreSQL may gather all open jobs,
    # millions after a while, for every piece of the table.
    job_state = (
        select(Job.state)
        .where(
            Job.image_id == ProductImage.id,
            Job.generation == ProductImage.generation,
            counts,
            ~Job.recheck,  # a picture that waits for one is not done again by it
        )
        .correlate(ProductImage)
        .scalar_subquery()
    )
    query: Select[*tuple[Any, ...]] = select(
        ProductImage.id,
        ProductImage.product_id,
        job_state,
        ProductImage.outcome,
        ProductImage.code,
        ProductImage.enriched_at,
        ProductImage.provenance,
        ProductImage.piece,
    )
    if selection.narrows_products:
        query = query.join(Product, Product.id == ProductImage.product_id)
    rows = connection.execute(query.where(these, *selection.narrowed()).order_by(ProductImage.id))
    pictures = (
        _ChosenPicture(image, product, state, Made(*made)) for image, product, state, *made in rows
    )
    return [picture for picture in pictures if selection.chooses(picture.made)]
