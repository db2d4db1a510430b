"""The limit on a decoder's address space: what it began with, and what a picture may take."""

import ctypes
import resource
from pathlib import Path
from typing import Final

_SLACK: Final = 32_000_000
"""For stacks of threads, and for what the heap keeps between pictures."""


class MemoryLimit:
    """Measures this process, and then bounds it; None of it where the system does not tell.

    Args:
        most: the most that will ever be granted.
    """

    def __init__(self, most: int) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        try:
            pages = Path("/proc/self/statm").read_text().split()[0]
        except OSError:
            self._begun: int | None = None
            return
        self._begun = int(pages) * resource.getpagesize() + _SLACK
        self._most = self._begun + most
        resource.setrlimit(resource.RLIMIT_AS, (self._most, self._most))

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the system does not give, as a phrase."""
        return () if self._begun is not None else ("a limit of memory (no /proc)",)

    def grant(self, memory_bytes: int) -> None:
        """Let the next picture take so much."""
        if self._begun is not None:
            limit = min(self._begun + memory_bytes, self._most)
            resource.setrlimit(resource.RLIMIT_AS, (limit, self._most))

    def trim(self) -> None:
        """Give back to the system what is free."""
        if self._trim is not None:
            self._trim(0)
