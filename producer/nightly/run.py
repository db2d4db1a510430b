"""A nightly run: feeds are enqueued, then finished pictures are rechecked.

What is new, or has another URL, comes with the feeds. Whether a picture has changed under the same
URL only its server knows, so the jobs of finished pictures are reopened to ask it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, select, update

from producer.catalogue.lookups import find_catalogue
from producer.enqueue.enqueue import Enqueued, Order
from producer.enqueue.feed_file import FeedFile, enqueue_file
from producer.feeds.record import Rejected
from producer.nightly.catalogue_lock import catalogue_lock
from producer.reprocess.recheck import Stale, recheck
from shared.contracts.jobs import Trigger
from shared.database.engine import reading
from shared.database.models import Catalogue, utc_now
from shared.errors import FeedError

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Night:
    """What a nightly run does.

    Pictures that were not checked for ``recheck_after_h`` hours are rechecked; with 0 none is.
    ``limit`` is for the products of each feed and for the rechecks; ``dry_run`` only counts.
    """

    catalogue: str
    feeds: tuple[FeedFile, ...] = ()
    recheck_after_h: float = 0.0
    limit: int | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class FeedDone:
    """What became of one feed; ``failure`` says why it could not be read to its end."""

    source: str
    enqueued: Enqueued
    failure: str | None = None


@dataclass(slots=True)
class NightDone:
    """What a nightly run did, or in a dry run would do."""

    feeds: list[FeedDone] = field(default_factory=list[FeedDone])
    rechecks: int = 0

    @property
    def jobs(self) -> int:
        """How many jobs the feeds added."""
        return sum(feed.enqueued.jobs for feed in self.feeds)

    @property
    def failures(self) -> list[FeedDone]:
        """The feeds that failed, and those of which not one row could be used."""
        return [feed for feed in self.feeds if feed.failure is not None]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Callbacks of a run. An error that one raises ends the run; the next run goes on from there.

    ``on_feed`` gets the numbers of each feed, ``on_recheck`` the number of rechecks, and
    ``on_reject`` the rows that cannot be used.
    """

    on_feed: Callable[[str, Enqueued], None] = lambda _source, _done: None
    on_recheck: Callable[[int], None] = lambda _jobs: None
    on_reject: Callable[[str, Rejected], None] = lambda _source, _row: None


SILENT: Final = Hooks()


def run_night(
    engine: Engine, night: Night, hooks: Hooks = SILENT, clock: Callable[[], datetime] = utc_now
) -> NightDone:
    """Do a nightly run; one that was cut short can be started again, and does nothing twice.

    A feed that fails does not stop the other feeds or the rechecks.

    Raises:
        CatalogueLockedError: another run of the catalogue is in progress.
    """
    began_at = clock()
    done = NightDone()
    with catalogue_lock(engine, night.catalogue):
        for feed in _enqueue(engine, night, hooks, clock):
            done.feeds.append(feed)
        done.rechecks = _recheck(engine, night, hooks, began_at)
        if not night.dry_run and night.limit is None:
            _note(engine, night.catalogue, began_at)
    return done


def last_night(engine: Engine, catalogue: str) -> datetime | None:
    """Return when the last whole nightly run of a catalogue began; None where there was none."""
    with reading(engine).begin() as connection:
        return connection.scalar(select(Catalogue.nightly_at).where(Catalogue.name == catalogue))


def _enqueue(
    engine: Engine, night: Night, hooks: Hooks, clock: Callable[[], datetime]
) -> Iterator[FeedDone]:
    for file in night.feeds:
        order = Order(
            night.catalogue,
            Trigger.NIGHTLY,
            file.source,
            limit=night.limit,
            dry_run=night.dry_run,
        )
        last = Enqueued()

        def note(numbers: Enqueued, source: str = file.source) -> None:
            nonlocal last
            last = numbers
            hooks.on_feed(source, numbers)

        def reject(row: Rejected, source: str = file.source) -> None:
            hooks.on_reject(source, row)

        try:
            done = enqueue_file(engine, file, order, on_reject=reject, on_progress=note)
        except FeedError as error:
            yield FeedDone(file.source, last, str(error))
        else:
            unusable = "not one row could be used" if done.rejected and not done.products else None
            yield FeedDone(file.source, done, unusable)


def _recheck(engine: Engine, night: Night, hooks: Hooks, began_at: datetime) -> int:
    found = find_catalogue(engine, night.catalogue)
    if found is None or not night.recheck_after_h:
        return 0
    return recheck(
        engine,
        Stale(found, began_at - night.recheck_after_h * HOUR),
        limit=night.limit,
        dry_run=night.dry_run,
        on_progress=hooks.on_recheck,
    )


def _note(engine: Engine, catalogue: str, began_at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(Catalogue).where(Catalogue.name == catalogue).values(nightly_at=began_at)
        )
