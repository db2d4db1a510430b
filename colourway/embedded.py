"""Embedded mode: the worker's work in this process, without a broker and without servers.

The ledger is the same as in distributed mode, so a run may be stopped at any moment, even killed:
the next one continues. A lock lets one run at a time into a home.
"""

import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine

from colourway.jobs import count_open, due_jobs, next_due_at
from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import FINAL_STATES, Claim, JobState
from shared.contracts.results import PictureResult
from shared.contracts.workers import Activity
from shared.database.engine import IDLE_LIMIT_S, open_engine, require_current_schema, upgrade
from shared.database.models import utc_now
from shared.errors import ColourwayError, StageError, StorageError
from shared.ledger.ledger import Ledger
from shared.ledger.reopening import FAILED_STATES
from shared.outage import Outage, Tell
from shared.settings import Settings
from shared.storage.file_lock import file_lock

if TYPE_CHECKING:
    from worker.pipeline import Pipeline
    from worker.runtime.presence import Presence

LONGEST_NAP_S: Final = 0.5
"""How long waiting for a picture's next attempt may delay the reaction to Ctrl-C."""

JobEnd = PictureResult | StageError | Unchanged
OnResult = Callable[[Claim, JobState, JobEnd | None], None]
OnWait = Callable[[datetime], None]
_OnTimedResult = Callable[[Claim, JobState, JobEnd | None, float], None]


class HomeInUseError(ColourwayError):
    """Another run uses the same home."""


@dataclass(slots=True)
class Work:
    """What one run did: how many pictures it finished, in how many seconds.

    ``failed`` counts those of them that have no result, but for pictures that show nobody.
    ``unfinished`` counts jobs of the catalogue that still need an attempt.
    """

    processed: int = 0
    failed: int = 0
    seconds: float = 0.0
    unfinished: int = 0
    interrupted: bool = False


@dataclass(frozen=True)
class Home:
    """The opened ledger of a run. ``own`` is True where no other process works on it: SQLite."""

    engine: Engine
    ledger: Ledger
    own: bool


@contextmanager
def open_home(settings: Settings) -> Generator[Home]:
    """Open the ledger for one run, alone in its home; a SQLite schema is upgraded first.

    Raises:
        HomeInUseError: another run uses this home.
        SchemaError: another database is not at this version's schema.
    """
    engine = open_engine(settings.database_url, idle_limit_s=IDLE_LIMIT_S)
    own = engine.dialect.name == "sqlite"
    try:
        in_use = HomeInUseError(
            f"another run is using {settings.home}; wait for it, or choose another --home"
        )
        with file_lock(settings.home / "run.lock", in_use):
            if own:
                upgrade(engine)
            else:
                require_current_schema(engine)
            ledger = Ledger(engine, settings)
            if own:
                # The process that held a lease here has ended: this one holds the lock.
                ledger.break_leases()
            yield Home(engine, ledger, own)
    finally:
        engine.dispose()


@dataclass
class Worker:
    """Processes the jobs of one catalogue until none is left.

    ``limit`` is the most pictures of the run. Without ``wait`` it ends where all jobs left are due
    later. ``folder`` is the feed's: local pictures elsewhere are left alone. ``done`` counts what
    was done so far; ``presence`` is told what this worker is at.
    """

    home: Home
    pipeline: "Pipeline"
    settings: Settings
    catalogue: str
    limit: int | None = None
    wait: bool = True
    stop: Event = field(default_factory=Event)
    folder: Path | None = None
    done: Work = field(default_factory=Work)
    presence: "Presence | None" = None

    def work(
        self,
        on_result: OnResult,
        on_wait: OnWait = lambda _: None,
        on_outage: Tell = lambda _: None,
    ) -> Work:
        """Process the jobs that are due, wait for deferred ones, and return how it ended.

        Raises StorageError where the store refuses every file: no waiting would change that.
        """
        done = self.done
        started = time.monotonic()

        def count(claim: Claim, state: JobState, result: JobEnd | None, _seconds: float) -> None:
            done.processed += state in FINAL_STATES
            done.failed += state in FAILED_STATES
            on_result(claim, state, result)

        while not self.stop.is_set() and (self.limit is None or done.processed < self.limit):
            left = self.settings.chunk_size
            if self.limit is not None:
                left = min(left, self.limit - done.processed)
            if not self._wait_until_able(on_outage):
                break
            if not self._process_some(left, count) and not self._wait_for_next(on_wait):
                break
        done.seconds = time.monotonic() - started
        done.unfinished = count_open(self.home.engine, self.catalogue)
        done.interrupted = self.stop.is_set()
        return done

    def _process_some(self, limit: int, on_result: _OnTimedResult) -> bool:
        """Process some claims; False when no job is due."""
        from worker.runtime.runner import (  # noqa: PLC0415 - the worker side, only when needed
            INFERENCE_THREADS,
            process,
        )

        due = due_jobs(self.home.engine, self.catalogue, limit, self.folder)
        claims = self.home.ledger.claim(due, limit) if due else []
        if not claims:
            return False
        if self.presence is not None:
            self.presence.is_at(Activity.WORKING, claims)
        process(
            self.home.ledger,
            claims,
            self.pipeline,
            on_result,
            threads=self.settings.fetch_threads,
            inference_threads=INFERENCE_THREADS * self.pipeline.batch,
            per_host=self.settings.fetches_per_host,
            stop=self.stop,
        )
        return True

    def _wait_until_able(self, on_outage: Tell) -> bool:
        """Wait until pictures can be decoded and stored; False where the run ends without it."""

        def tell(outage: Outage) -> None:
            if outage.refused and outage.over_s is None:
                raise StorageError(
                    f"the store refuses every file: {outage.reason}; check COLOURWAY_STORAGE, its "
                    "credentials (AWS_…) and rights, then run the same command again: no picture "
                    "has lost an attempt"
                )
            on_outage(outage)

        return self.pipeline.wait_until_able(self.stop, math.inf if self.wait else 0.0, tell)

    def _wait_for_next(self, on_wait: OnWait) -> bool:
        """Sleep until the next job is due; False when there is none to wait for."""
        due_at = next_due_at(self.home.engine, self.catalogue, self.folder)
        if due_at is None or not self.wait:
            return False
        on_wait(due_at)
        if self.presence is not None:
            self.presence.is_at(Activity.IDLE)
        while not self.stop.is_set() and (left := (due_at - utc_now()).total_seconds()) > 0:
            self.stop.wait(min(left, LONGEST_NAP_S))
        return True
