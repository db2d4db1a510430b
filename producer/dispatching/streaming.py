"""Ringing while a long enqueue goes on, so that workers begin with its first products."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Final, Self

from celery.exceptions import OperationalError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from producer.dispatching.dispatch import Dispatched, try_dispatch
from shared.contracts.jobs import Queue
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import build_app, publish, waiting
from shared.queue.dispatch import MAX_QUEUE_DEPTH
from shared.queue.message import Notification
from shared.settings import Settings

LOOK_EVERY_S: Final = 2.0
"""How long to wait before the broker is asked again how many doorbells have been heard."""


class StreamingDispatcher:
    """Rings in one queue, in a thread, for jobs that an enqueue has just committed.

    What it takes on is inserted as rung for, which costs nothing, where marking the jobs later
    costs as much as inserting them. What it does not take, since the queue is full or the broker
    away, is left to :meth:`finish`, and to whoever sweeps next. So is everything on a database that
    lets one transaction write at a time (SQLite).

    Jobs of an enqueue that is killed between committing and ringing wait for one
    ``redispatch_after_s``.
    """

    def __init__(self, engine: Engine, settings: Settings, queue: Queue) -> None:
        self._engine = engine
        self._settings = settings
        self._queue = queue
        self._broker = build_app(settings)
        self._committed: SimpleQueue[Sequence[int] | None] = SimpleQueue()
        self._silent: list[int] = []
        self._lock = Lock()
        self._room = 0
        self._looked_at = -LOOK_EVERY_S
        self._jobs = 0
        self._thread = Thread(target=self._run, name="streaming-dispatcher", daemon=True)

    def __enter__(self) -> Self:
        if self._engine.dialect.name != "sqlite":
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._committed.put(None)
        if self._thread.ident is not None:
            self._thread.join()
        with suppress(Empty):
            while True:
                self._silent += self._committed.get_nowait() or ()
        with suppress(SQLAlchemyError):  # they are due again by themselves, later
            Ledger(self._engine, self._settings).unmark_dispatched(self._silent)

    def takes(self, jobs: int) -> bool:
        """Return whether to insert so many jobs as rung for, and to have them rung for."""
        with self._lock:
            if self._room < jobs:
                return False
            self._room -= jobs
            return True

    def publish(self, job_ids: Sequence[int]) -> None:
        """Ring for jobs that were taken, now that they are committed; returns at once."""
        self._committed.put(job_ids)

    def finish(self) -> Dispatched:
        """Ring for what is due in every queue; return for how many jobs it rang altogether."""
        dispatched = try_dispatch(self._engine, self._settings, self._broker)
        return Dispatched(self._jobs + dispatched.jobs, dispatched.failure)

    def _run(self) -> None:
        # What cannot be rung for now is rung for later, and finish says what is the matter.
        with suppress(OperationalError):
            for job_ids in iter(self._next, None):
                self._silent += job_ids
                self._publish(self._settings.chunk_size)
            self._publish(1)
        with self._lock:
            self._room, self._looked_at = 0, float("inf")

    def _next(self) -> Sequence[int] | None:
        """Return the next jobs, none of them now and then, or None at the end."""
        self._look()
        try:
            return self._committed.get(timeout=LOOK_EVERY_S)
        except Empty:
            self._publish(1)  # no more have come to fill the last doorbell
            return ()

    def _look(self) -> None:
        """Find out how many jobs can be rung for, now and then."""
        if monotonic() - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = monotonic()
        room = MAX_QUEUE_DEPTH - waiting(self._broker)[self._queue]
        with self._lock:
            self._room = max(0, room * self._settings.chunk_size - len(self._silent))

    def _publish(self, least: int) -> None:
        """Ring for those that are silent, while there are so many, a full doorbell at a time."""
        send = partial(publish, queue=self._queue, through=self._broker)
        while len(self._silent) >= least:
            chunk = self._silent[: self._settings.chunk_size]
            send(Notification(tuple(chunk)))
            del self._silent[: len(chunk)]
            self._jobs += len(chunk)
