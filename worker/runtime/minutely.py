"""What a child does once a minute beside its pictures, in a thread of its own."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Final

import structlog

EVERY_S: Final = 60.0

log = structlog.get_logger()


class Minutely:
    """Calls each of these once a minute, and once more at the end; an error of one is logged.

    Args:
        chores: what is called.
        every_s: how often; tests do not wait for minutes.
    """

    def __init__(self, chores: Sequence[Callable[[], None]], every_s: float = EVERY_S) -> None:
        self._chores = chores
        self._every_s = every_s
        self._ended = Event()
        self._thread = Thread(target=self._run, name="minutely", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Call them for the last time; again, do nothing."""
        if not self._ended.is_set():
            self._ended.set()
            self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            ended = self._ended.wait(self._every_s)
            for chore in self._chores:
                try:
                    chore()
                except Exception:
                    log.exception("a chore failed")
