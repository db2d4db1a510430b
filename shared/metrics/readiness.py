"""Readiness: whether what a process depends on answers, asked at a bounded rate."""

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Final

import structlog

from shared.redaction import redact

EVERY_S: Final = 5.0
"""An answer stands for so long, however often it is asked for."""

Check = Callable[[], object]
"""Raises an exception where the thing that it asks does not answer."""

log = structlog.get_logger(__name__)


class ReadyChecks:
    """Asks some checks, one thread at a time.

    Args:
        checks: by the name of what each asks, such as ``database``.
        every_s: how long an answer stands.
    """

    def __init__(self, checks: Mapping[str, Check], every_s: float = EVERY_S) -> None:
        self._checks = checks
        self._every_s = every_s
        self._asking = Lock()
        self._asked_at = float("-inf")
        self._answers = dict.fromkeys(checks, "not asked yet")

    def answers(self) -> dict[str, str]:
        """Return ``ok`` for each thing that answers, and ``away`` for any other.

        While another thread asks, the answers before stand.
        """
        if monotonic() - self._asked_at >= self._every_s and self._asking.acquire(blocking=False):
            try:
                self._answers = {name: self._ask(name) for name in self._checks}
                self._asked_at = monotonic()
            finally:
                self._asking.release()
        return self._answers

    def _ask(self, name: str) -> str:
        try:
            self._checks[name]()
        except Exception as error:  # noqa: BLE001  # whatever it is, the thing is of no use
            if self._answers[name] != "away":  # the reason is for the log, not for whoever asks
                reason = redact(str(error)).strip().partition("\n")[0] or type(error).__name__
                log.warning("not ready", away=name, reason=reason)
            return "away"
        return "ok"
