"""Ringing while a long enqueue goes on, so that workers begin with its first products."""

from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from producer.schedule import Rung, ring_for_due
from shared.celery_app import build_app
from shared.contracts import Queue
from shared.settings import Settings

RING_EVERY_S: Final = 2.0
"""How long to rest between two sweeps: what comes in meanwhile fills whole doorbells."""


class Ringer:
    """Rings in one queue, in a thread, while its block runs; :meth:`finish` rings for the rest.

    A database that lets one transaction write at a time (SQLite) is left to the enqueue alone.
    Whatever goes wrong in the thread is left to :meth:`finish`, and to whoever runs the block.
    """

    def __init__(self, engine: Engine, settings: Settings, queue: Queue) -> None:
        self._engine = engine
        self._settings = settings
        self._queue = queue
        self._broker = build_app(settings)
        self._jobs = 0
        self._ended = Event()
        self._thread = Thread(target=self._run, name="ringer", daemon=True)

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
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def finish(self) -> Rung:
        """Ring for what is due in every queue; return for how many jobs it rang altogether."""
        rung = ring_for_due(self._engine, self._settings, self._broker)
        return Rung(self._jobs + rung.jobs, rung.failure)

    def _run(self) -> None:
        while not self._ended.wait(RING_EVERY_S):
            try:
                rung = ring_for_due(self._engine, self._settings, self._broker, [self._queue])
            except SQLAlchemyError:
                return
            if rung.failure is not None:
                return
            self._jobs += rung.jobs
