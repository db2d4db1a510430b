"""Dispatching while a long enqueue goes on, so that workers start with its first products."""

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
from shared.queue.celery_app import build_app, publish, queue_depths
from shared.queue.dispatch import MAX_QUEUE_DEPTH
from shared.queue.message import Notification
from shared.settings import Settings

LOOK_EVERY_S: Final = 2.0
"""How long to wait before the broker is asked again how many notifications wait."""


class StreamingDispatcher:
    """Publishes to one queue, in a thread, the jobs that an enqueue has just committed.

    Jobs that it takes are inserted as dispatched already, which costs nothing, while marking them
    later costs as much as inserting them. Jobs that it does not take, since the queue is full or
    the broker cannot be reached, are left to :meth:`finish` and to the next sweep. So are all jobs
    on a database that lets one transaction write at a time (SQLite).

    Jobs of an enqueue that is killed between commit and publication wait for one
    ``redispatch_after_s``.
    """

    def __init__(self, engine: Engine, settings: Settings, queue: Queue) -> None:
        self._engine = engine
        self._settings = settings
        self._queue = queue
        self._broker = build_app(settings)
        self._committed: SimpleQueue[Sequence[int] | None] = SimpleQueue()
        self._unpublished: list[int] = []
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
                self._unpublished += self._committed.get_nowait() or ()
        with suppress(SQLAlchemyError):  # they are due again after ``redispatch_after_s``
            Ledger(self._engine, self._settings).unmark_dispatched(self._unpublished)

    def takes(self, jobs: int) -> bool:
        """Return whether so many jobs may be inserted as dispatched, and then published here."""
        with self._lock:
            if self._room < jobs:
                return False
            self._room -= jobs
            return True

    def publish(self, job_ids: Sequence[int]) -> None:
        """Publish jobs that were taken, now that they are committed; returns at once."""
        self._committed.put(job_ids)

    def finish(self) -> Dispatched:
        """Dispatch what is due in every queue; return how many jobs were dispatched in all."""
        dispatched = try_dispatch(self._engine, self._settings, self._broker)
        return Dispatched(self._jobs + dispatched.jobs, dispatched.failure)

    def _run(self) -> None:
        # What cannot be published now is dispatched later, and finish returns the failure.
        with suppress(OperationalError):
            for job_ids in iter(self._next, None):
                self._unpublished += job_ids
                self._publish(self._settings.chunk_size)
            self._publish(1)
        with self._lock:
            self._room, self._looked_at = 0, float("inf")

    def _next(self) -> Sequence[int] | None:
        """Return the next jobs, an empty sequence after a while without any, or None at the end."""
        self._look()
        try:
            return self._committed.get(timeout=LOOK_EVERY_S)
        except Empty:
            self._publish(1)  # no more jobs have come to fill the last notification
            return ()

    def _look(self) -> None:
        """Find out how many jobs the queue has room for, every few seconds."""
        if monotonic() - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = monotonic()
        room = MAX_QUEUE_DEPTH - queue_depths(self._broker)[self._queue]
        with self._lock:
            self._room = max(0, room * self._settings.chunk_size - len(self._unpublished))

    def _publish(self, least: int) -> None:
        """Publish waiting jobs, a full notification at a time, while ``least`` of them wait."""
        send = partial(publish, queue=self._queue, through=self._broker)
        while len(self._unpublished) >= least:
            chunk = self._unpublished[: self._settings.chunk_size]
            send(Notification(tuple(chunk)))
            del self._unpublished[: len(chunk)]
            self._jobs += len(chunk)
