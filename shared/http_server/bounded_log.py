"""Warnings that strangers cause: a few of each kind a minute, and how many were left out."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, cast

MOST_LINES: Final = 10
"""The most lines of one kind in one period."""

PERIOD_S: Final = 60.0

MOST_KINDS: Final = 100
"""Beyond so many in one period all others are one kind: texts may hold what strangers send."""


class BoundedLog(logging.Filter):
    """Lets the first lines of each kind through; the first of the next period has ``left_out``.

    A kind is one event (its text before the facts) of one logger. Lines below WARNING pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = Lock()
        self._kinds: dict[tuple[str, str], list[float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written."""
        if record.levelno < logging.WARNING:
            return True
        with self._lock:
            passes, left_out = self._count(record)
        if left_out:
            _add_fact(record, left_out)
        return passes

    def _count(self, record: logging.LogRecord) -> tuple[bool, int]:
        kind, now = (record.name, _text(record)), self._clock()
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            self._forget_old(now)
            if len(self._kinds) >= MOST_KINDS:
                kind = ("", "")
        began, lines = self._kinds.get(kind, (now, 0))
        if now - began >= PERIOD_S:
            self._kinds[kind] = [now, 1]
            return True, max(int(lines) - MOST_LINES, 0)
        self._kinds[kind] = [began, lines + 1]
        return lines < MOST_LINES, 0

    def _forget_old(self, now: float) -> None:
        for kind, (began, _) in list(self._kinds.items()):
            if now - began >= PERIOD_S:
                del self._kinds[kind]


def _text(record: logging.LogRecord) -> str:
    # structlog hands over a dictionary, with the event beside its facts.
    if isinstance(record.msg, dict):
        return str(cast("dict[str, Any]", record.msg).get("event"))
    return str(record.msg)


def _add_fact(record: logging.LogRecord, left_out: int) -> None:
    if isinstance(record.msg, dict):
        record.msg = cast("Any", {**cast("dict[str, Any]", record.msg), "left_out": left_out})
    else:
        record.left_out = left_out
