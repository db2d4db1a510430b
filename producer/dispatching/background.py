"""The bell of a service that hears uploads all the time: rings in a thread of its own.

Nobody who enqueues waits for the broker, and however much comes in at once, one sweep rings for all
of it. What cannot be rung for is in the ledger, and is tried again.
"""

from threading import Condition, Thread
from types import TracebackType
from typing import Final, Self

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from producer.dispatching.dispatch import try_dispatch
from shared.contracts.jobs import Queue
from shared.queue.celery_app import DISPATCH_EVERY_S, build_app
from shared.settings import Settings

RETRY_DISPATCH_S: Final = DISPATCH_EVERY_S
"""How long to wait before a bell that nobody could hear is rung again."""

log = structlog.get_logger(__name__)


class BackgroundDispatcher:
    """Rings for uploads that are due when asked; its block ends once all that was asked is done.

    A broker that is away at the end is not waited for.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._broker = build_app(settings)
        self._changed = Condition()
        self._asked = self._ended = False
        self._thread = Thread(target=self._run, name="dispatcher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def ask(self) -> None:
        """Have the bell rung soon. Never waits."""
        with self._changed:
            self._asked = True
            self._changed.notify()

    def _run(self) -> None:
        while self._is_asked():
            if not self._publish():
                self._defer()

    def _is_asked(self) -> bool:
        """Wait until somebody asks; return False when the end comes instead."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._ended)
            asked, self._asked = self._asked, False
            return asked

    def _defer(self) -> None:
        with self._changed:
            if not self._ended:
                self._changed.wait_for(lambda: self._ended, RETRY_DISPATCH_S)
                self._asked = True

    def _publish(self) -> bool:
        try:
            # Uploads alone: the next one should not wait until all of a backfill was rung for.
            dispatched = try_dispatch(self._engine, self._settings, self._broker, [Queue.UPLOADS])
        except SQLAlchemyError as error:
            log.warning("cannot ring: the database fails", error=str(error).splitlines()[0])
            return False
        if dispatched.failure is not None:
            log.warning("cannot ring: the broker cannot be reached", error=dispatched.failure)
            return False
        if dispatched.jobs:
            log.info("dispatched", jobs=dispatched.jobs)
        return True
