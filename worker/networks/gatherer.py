"""Calls from several threads, run together: a GPU takes hardly longer for a few than for one."""

import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Generic, TypeVar

import structlog

Item = TypeVar("Item")
Answer = TypeVar("Answer")

log = structlog.get_logger()

# A thread that computes keeps the interpreter for so long while others wait for it. By default that
# is as long as a GPU takes for a batch, and the GPU waits, too.
_HAND_OVER_S: Final = 0.0005


def is_memory_error(error: Exception) -> bool:
    """Whether Python itself ran out of memory."""
    return isinstance(error, MemoryError)


@dataclass(frozen=True, slots=True)
class _Call(Generic[Item, Answer]):
    item: Item
    answer: Future[Answer] = field(default_factory=Future["Answer"])


class Gatherer(Generic[Item, Answer]):
    """Runs what several threads ask for in batches, first come, first served.

    What is asked for while a batch runs makes the next one. A batch that fails is tried again one
    by one, so a bad item costs itself only.

    Args:
        run: gives the answers to the items of a batch, in their order; called in one thread.
        limit: the most items of a batch; one for which there is no memory halves it for good.
        wait_s: how long a batch that is not full waits for more. It does not wait where one item
            is there and the batch before held one: its caller may be the only one.
        out_of_memory: whether an error says that there is no memory for a batch.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Sequence[Answer]],
        limit: int,
        wait_s: float = 0.0,
        out_of_memory: Callable[[Exception], bool] = is_memory_error,
    ) -> None:
        self.limit = limit
        self._run = run
        self._wait_s = wait_s
        self._out_of_memory = out_of_memory
        self._waiting: deque[_Call[Item, Answer]] = deque()
        self._full = Event()
        self._last_size = 1
        # It starts with the first call, so a process may fork before, and ends with this object.
        self._thread = ThreadPoolExecutor(1, "batches")
        sys.setswitchinterval(_HAND_OVER_S)

    def __call__(self, item: Item) -> Answer:
        """Run an item with those of other threads, and wait for its answer.

        Raises what ``run`` raises for this item alone.
        """
        call: _Call[Item, Answer] = _Call(item)
        self._waiting.append(call)
        if len(self._waiting) >= self.limit:
            self._full.set()
        self._thread.submit(self._run_next)
        return call.answer.result()

    def _run_next(self) -> None:
        """Run a batch; this is asked for with every call, and most went with one before."""
        if not self._waiting:
            return
        self._full.clear()
        company = max(self._last_size, len(self._waiting)) > 1
        if company and len(self._waiting) < self.limit:
            self._full.wait(self._wait_s)
        calls = [self._waiting.popleft() for _ in range(min(self.limit, len(self._waiting)))]
        self._last_size = len(calls)
        self._settle(calls)

    def _settle(self, calls: Sequence[_Call[Item, Answer]]) -> None:
        try:
            answers = self._run([call.item for call in calls])
            answered = list(zip(calls, answers, strict=True))
        except Exception as error:  # noqa: BLE001  # raised where the answer is asked for
            self._settle_parts(calls, error)
        except BaseException as error:  # noqa: BLE001  # likewise, to end the process from there
            for call in calls:
                call.answer.set_exception(error)
        else:
            for call, answer in answered:
                call.answer.set_result(answer)

    def _settle_parts(self, calls: Sequence[_Call[Item, Answer]], error: Exception) -> None:
        """Try a batch that failed again: in halves for want of memory, else one by one."""
        if len(calls) == 1:
            calls[0].answer.set_exception(error)
            return
        too_large = self._out_of_memory(error)
        if too_large:
            self.limit = min(self.limit, len(calls) // 2)
            log.warning("no memory for so large a batch; smaller from now on", pictures=self.limit)
        while calls:
            size = self.limit if too_large else 1  # the limit may shrink on the way
            self._settle(calls[:size])
            calls = calls[size:]
