"""The memory of all pictures that are being decoded, shared out among threads."""

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from threading import Condition


class MemoryBudget:
    """Bytes that pictures may take together; who comes first is served first.

    Args:
        total: all the bytes.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.free = total
        self._changed = Condition()
        self._queue: deque[object] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for their share."""
        return len(self._queue)

    @contextmanager
    def share(self, wanted: int) -> Generator["MemoryShare"]:
        """Hold ``wanted`` bytes within the block, or all where that is less; waits for them."""
        share = MemoryShare(self)
        share.exchange(wanted)
        try:
            yield share
        finally:
            self.give(share.bytes)

    def take(self, wanted: int) -> None:
        """Wait for so many bytes, behind those that wait already, and take them."""
        turn = object()
        with self._changed:
            self._queue.append(turn)
            try:
                self._changed.wait_for(lambda: self._queue[0] is turn and self.free >= wanted)
                self.free -= wanted
            finally:
                self._queue.remove(turn)
                self._changed.notify_all()

    def give(self, held: int) -> None:
        """Give bytes back."""
        with self._changed:
            self.free += held
            self._changed.notify_all()


class MemoryShare:
    """What one picture holds of a budget: ``bytes``."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget = budget
        self.bytes = 0

    def exchange(self, wanted: int) -> None:
        """Hold another amount, at most the whole budget.

        What was held is given back first: of two that hold something and want more, neither would
        ever be served.
        """
        wanted = min(wanted, self._budget.total)
        self._budget.give(self.bytes)
        self.bytes = 0
        self._budget.take(wanted)
        self.bytes = wanted
