"""An outage of something that all pictures need: known to one process, told once, waited for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event, Lock
from time import monotonic
from typing import Final, Literal

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 15.0
"""How long a waiting worker pauses between two questions: at first, and at most."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Why there is nothing to be had, in the part's words; ``over_s`` once there was again.

    ``refused`` says that the part answers, and refuses. ``over_s`` is how long the outage lasted,
    in seconds, as far as this process saw it.
    """

    reason: str
    refused: bool
    over_s: float | None = None
    part: Literal["store", "decoder"] = "store"


Tell = Callable[[Outage], None]
Ask = Callable[[], Outage | None]
"""Asks the part, and returns why it is away, or None."""


class OutageWatch:
    """What one process knows of a part that may be away; threads may share one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._began_at = 0.0
        self._told: Outage | None = None
        self.outage: Outage | None = None
        """The outage that is known, None where nothing else is known."""

    def look(self, ask: Ask) -> Outage | None:
        """Return the outage that is known, or else what ``ask`` says now, which is known then."""
        with self._lock:
            if self.outage is None:
                self._began_at = monotonic()
                self.outage = ask()
            return self.outage

    def wait(self, ask: Ask, stop: Event, seconds: float, tell: Tell) -> bool:
        """Wait until the part is there; at once where nothing else is known.

        Args:
            ask: asks it.
            stop: ends the wait.
            seconds: how long to wait, about; a question that the part leaves open takes longer.
            tell: hears once of each outage, of another kind of it, and of its end.

        Returns:
            Whether it is there.
        """
        until, pause_s = monotonic() + seconds, FIRST_PAUSE_S
        while (outage := self.outage) is not None:
            if self._told is None or self._told.refused != outage.refused:
                self._told = outage
                tell(outage)
            left_s = until - monotonic()
            if left_s <= 0 or stop.wait(min(pause_s, left_s)):
                return False
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            with self._lock:
                self.outage = ask()
        if self._told is not None:
            tell(replace(self._told, over_s=monotonic() - self._began_at))
            self._told = None
        return True
