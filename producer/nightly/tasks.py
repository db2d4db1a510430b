"""The producer's task: the nightly run, when beat asks for it."""

import time
from threading import Event
from typing import Final

import structlog
from celery import signals
from celery.platforms import set_pdeathsig  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]

from producer.dispatching.dispatch import try_dispatch
from producer.enqueue.enqueue import Enqueued
from producer.enqueue.feed_file import FeedFile
from producer.feeds.record import Rejected
from producer.nightly.catalogue_lock import CatalogueLockedError
from producer.nightly.run import Hooks, Night, run_night
from shared.database.engine import open_engine, require_current_schema
from shared.queue.celery_app import NIGHTLY, app
from shared.settings import Settings, get_settings

LOG_EVERY_S: Final = 60.0
"""How often a run logs its progress."""

MOST_LOGGED: Final = 20
"""How many rejected rows of a run are logged one by one; all of them are counted."""

log = structlog.get_logger(__name__)

stopping: Final = Event()
"""Set once this process was asked to end: a run ends after its present transaction."""


class NightlyRunStopped(Exception):
    """A nightly run was asked to end; the next one goes on."""


def night_of(settings: Settings) -> Night:
    """Return the nightly run that the settings describe."""
    return Night(
        settings.nightly_catalogue,
        tuple(FeedFile(source) for source in settings.nightly_feed),
        settings.recheck_after_h,
    )


# Acknowledged before it begins: it may take longer than any broker waits. A run that is cut short
# is repeated when the process starts again.
@app.task(name=NIGHTLY, acks_late=False)
def nightly() -> None:
    """Read the feeds and have finished pictures rechecked, as the settings say."""
    settings = get_settings()
    night = night_of(settings)
    engine = open_engine(settings.database_url)
    began = time.monotonic()
    log.info("nightly run begins", catalogue=night.catalogue, feeds=list(settings.nightly_feed))
    progress = _ProgressLog()

    try:
        require_current_schema(engine)
        hooks = Hooks(progress.on_feed, progress.on_recheck, progress.on_reject)
        done = run_night(engine, night, hooks)
        dispatched = try_dispatch(engine, settings)
    except CatalogueLockedError as error:
        log.warning("nightly run skipped", reason=str(error))
        return
    except NightlyRunStopped:
        log.warning("nightly run cut short; the next start goes on")
        return
    finally:
        engine.dispose()
    for feed in done.failures:
        log.error("feed failed", feed=feed.source, reason=feed.failure)
    log.info(
        "nightly run ends",
        catalogue=night.catalogue,
        jobs=done.jobs,
        rejected=sum(feed.enqueued.rejected for feed in done.feeds),
        rechecks=done.rechecks,
        dispatched=dispatched.jobs,
        broker_failure=dispatched.failure,
        seconds=round(time.monotonic() - began, 1),
    )


class _ProgressLog:
    """Logs a run's progress every minute, and ends the run when the process is to end."""

    def __init__(self) -> None:
        self._logged_at = time.monotonic()
        self._rejected = 0

    def on_feed(self, source: str, numbers: Enqueued) -> None:
        self._log("reading a feed", feed=source, products=numbers.products, jobs=numbers.jobs)

    def on_recheck(self, jobs: int) -> None:
        self._log("adding rechecks", rechecks=jobs)

    def on_reject(self, source: str, row: Rejected) -> None:
        self._rejected += 1
        if self._rejected <= MOST_LOGGED:
            log.warning("row rejected", feed=source, line=row.line, reason=row.reason)

    def _log(self, event: str, **facts: object) -> None:
        if stopping.is_set():
            raise NightlyRunStopped
        if time.monotonic() - self._logged_at >= LOG_EVERY_S:
            self._logged_at = time.monotonic()
            log.info(event, **facts)


def _stop(**_: object) -> None:
    stopping.set()


def _end_with_the_parent(**_: object) -> None:
    set_pdeathsig("SIGKILL")  # or an orphaned beat would run beside the next one


signals.worker_shutting_down.connect(_stop)
signals.beat_embedded_init.connect(_end_with_the_parent)
