"""Attempts to sign in: so many for one address and for one name, and few passwords at a time."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Final

from shared.errors import ColourwayError
from shared.http_server.rate_limit import RateLimit
from shared.web_settings import WebSettings

BURST_S: Final = 60.0
"""The attempts of so many seconds may come at once."""

AT_ONCE: Final = 4
"""How many passwords are checked at a time: each takes 64 MiB, so that guessing is dear."""

LONGEST_WAIT_S: Final = 5.0
"""How long an attempt waits for its turn."""


class TooManyAttempts(ColourwayError):
    """An attempt comes too soon after others; ``wait_s`` says after how many seconds it may."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many attempts to sign in")
        self.wait_s = wait_s


class SignInAttempts:
    """Counts attempts of one process. Any thread may ask."""

    def __init__(self, settings: WebSettings) -> None:
        per_second = settings.web_sign_ins_per_minute / 60
        self._addresses = RateLimit(per_second, burst_s=BURST_S)
        self._names = RateLimit(per_second, burst_s=BURST_S)
        self._lock = Lock()
        self._turns = BoundedSemaphore(AT_ONCE)

    @contextmanager
    def attempt(self, address: str, name: str) -> Generator[None]:
        """Keep a turn while the block lasts; raises :class:`TooManyAttempts`.

        By name, too: whoever guesses has many addresses. A name that is guessed at is locked for
        its owner for as long, and no longer.
        """
        with self._lock:
            # Words that no address is: a name must not count as an address's network.
            wait_s = max(self._addresses.wait_s(address), self._names.wait_s(f"name {name}"))
        if wait_s > 0:
            raise TooManyAttempts(wait_s)
        if not self._turns.acquire(timeout=LONGEST_WAIT_S):
            raise TooManyAttempts(LONGEST_WAIT_S)
        try:
            yield
        finally:
            self._turns.release()
