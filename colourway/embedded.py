"""Embedded mode: the worker's work in this very process, without a broker and without servers.

The ledger is the same as in distributed mode, so a run may be stopped at any moment, even killed:
the next one finds what is left. One run at a time holds a home; a lock says so.
"""

import fcntl
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine

from colourway.jobs import count_open, due_jobs, next_due_at
from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import FINAL_STATES, Claim, JobState
from shared.contracts.results import PictureResult
from shared.database.engine import IDLE_LIMIT_S, open_engine, require_current_schema, upgrade
from shared.database.models import utc_now
from shared.errors import ColourwayError, StageError
from shared.ledger.ledger import Ledger
from shared.settings import Settings

if TYPE_CHECKING:
    from worker.pipeline import Pipeline

LONGEST_NAP_S: Final = 0.5
"""How long a wait for a picture's next attempt may delay the answer to Ctrl-C."""

Outcome = PictureResult | StageError | Unchanged
OnResult = Callable[[Claim, JobState, Outcome | None], None]
OnWait = Callable[[datetime], None]


class HomeInUseError(ColourwayError):
    """Another run is at work in the same home."""


@dataclass(slots=True)
class Work:
    """What one run did: how many pictures it brought to an end, in how many seconds.

    ``unfinished`` counts jobs of the catalogue that still need an attempt.
    """

    processed: int = 0
    seconds: float = 0.0
    unfinished: int = 0
    interrupted: bool = False


@dataclass(frozen=True)
class Home:
    """The opened ledger of a run. ``own`` is True where nobody else can work on it: SQLite."""

    engine: Engine
    ledger: Ledger
    own: bool


@contextmanager
def open_home(settings: Settings) -> Generator[Home]:
    """Open the ledger for one run, alone in its home; SQLite is brought up to date on the way.

    Raises:
        HomeInUseError: another run holds this home.
        SchemaError: another database is not at this version's schema.
    """
    engine = open_engine(settings.database_url, idle_limit_s=IDLE_LIMIT_S)
    own = engine.dialect.name == "sqlite"
    try:
        with _held(settings.home / "run.lock"):
            if own:
                upgrade(engine)
            else:
                require_current_schema(engine)
            ledger = Ledger(engine, settings)
            if own:
                # Whoever held a lease here is dead, for we hold the lock.
                ledger.break_leases()
            yield Home(engine, ledger, own)
    finally:
        engine.dispose()


@contextmanager
def _held(lock: Path) -> Generator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeInUseError(
                f"another run is at work in {lock.parent}; wait for it, or choose another --home"
            ) from None
        yield


@dataclass
class Worker:
    """Works on the jobs of one catalogue until none is left.

    ``limit`` ends the run after so many pictures; without ``wait`` it ends where all that is left
    waits for another attempt. ``folder`` is the feed's: local pictures elsewhere are left alone.
    """

    home: Home
    pipeline: "Pipeline"
    settings: Settings
    catalogue: str
    limit: int | None = None
    wait: bool = True
    stop: Event = field(default_factory=Event)
    folder: Path | None = None

    def work(self, on_result: OnResult, on_wait: OnWait = lambda _: None) -> Work:
        """Process what is due, wait for what is put off, and say how it ended."""
        done = Work()
        started = time.monotonic()

        def count(claim: Claim, state: JobState, result: Outcome | None) -> None:
            done.processed += state in FINAL_STATES
            on_result(claim, state, result)

        while not self.stop.is_set() and (self.limit is None or done.processed < self.limit):
            left = self.settings.chunk_size
            if self.limit is not None:
                left = min(left, self.limit - done.processed)
            if not self._process_some(left, count) and not self._wait_for_next(on_wait):
                break
        done.seconds = time.monotonic() - started
        done.unfinished = count_open(self.home.engine, self.catalogue)
        done.interrupted = self.stop.is_set()
        return done

    def _process_some(self, limit: int, on_result: OnResult) -> bool:
        """Take one batch of claims down the road; False when nothing is due."""
        from worker.runtime.runner import process  # noqa: PLC0415 - the worker side, only when needed

        due = due_jobs(self.home.engine, self.catalogue, limit, self.folder)
        claims = self.home.ledger.claim(due, limit) if due else []
        if not claims:
            return False
        process(
            self.home.ledger,
            claims,
            self.pipeline,
            on_result,
            threads=self.settings.fetch_threads,
            per_host=self.settings.fetches_per_host,
            stop=self.stop,
        )
        return True

    def _wait_for_next(self, on_wait: OnWait) -> bool:
        """Sleep until the next job is due; False when there is none to wait for."""
        due_at = next_due_at(self.home.engine, self.catalogue, self.folder)
        if due_at is None or not self.wait:
            return False
        on_wait(due_at)
        while not self.stop.is_set() and (left := (due_at - utc_now()).total_seconds()) > 0:
            self.stop.wait(min(left, LONGEST_NAP_S))
        return True


@contextmanager
def stop_on_signal(stop: Event, tell: Callable[[], None]) -> Generator[None]:
    """Let the first SIGINT or SIGTERM set ``stop``; a second SIGINT ends the process at once."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()
        tell()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
