"""Dispatching in the background of a service that receives uploads all the time.

An upload never waits for the broker, and however many come at once, one sweep dispatches them all.
What cannot be dispatched stays in the ledger, and is tried again.
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
"""How long to wait after a sweep that failed."""

log = structlog.get_logger(__name__)


class BackgroundDispatcher:
    """Dispatches due uploads, in a thread, when asked to.

    Its block ends once the last request is served; it does not wait for a broker that cannot be
    reached.
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
        """Ask for a sweep soon. Never waits."""
        with self._changed:
            self._asked = True
            self._changed.notify()

    def _run(self) -> None:
        while self._is_asked():
            if not self._publish():
                self._ask_again_later()

    def _is_asked(self) -> bool:
        """Wait for a request; return False when the block ends instead."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._ended)
            asked, self._asked = self._asked, False
            return asked

    def _ask_again_later(self) -> None:
        with self._changed:
            if not self._ended:
                self._changed.wait_for(lambda: self._ended, RETRY_DISPATCH_S)
                self._asked = True

    def _publish(self) -> bool:
        try:
            # Uploads alone: the next one should not wait until a whole backfill is dispatched.
            dispatched = try_dispatch(self._engine, self._settings, self._broker, [Queue.UPLOADS])
        except SQLAlchemyError as error:
            log.warning("cannot dispatch: the database fails", error=str(error).splitlines()[0])
            return False
        if dispatched.failure is not None:
            log.warning("cannot dispatch: the broker cannot be reached", error=dispatched.failure)
            return False
        if dispatched.jobs:
            log.info("dispatched", jobs=dispatched.jobs)
        return True
