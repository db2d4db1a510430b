"""What a child does once a minute beside its pictures, in a thread of its own."""

from collections.abc import Callable, Sequence
from threading import Condition, Thread
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
        self._changed = Condition()
        self._asked = self._ended = self._last_time = False
        self._thread = Thread(target=self._run, name="minutely", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def soon(self) -> None:
        """Have them called now, too."""
        with self._changed:
            self._asked = True
            self._changed.notify()

    def end(self, *, last_time: bool = True) -> None:
        """Call them for the last time, unless told not to; again, do nothing."""
        with self._changed:
            if self._ended:
                return
            self._ended, self._last_time = True, last_time
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or self._ended, self._every_s)
                self._asked, ended = False, self._ended
            if ended and not self._last_time:
                return
            for chore in self._chores:
                try:
                    chore()
                except Exception:
                    log.exception("a chore failed")
