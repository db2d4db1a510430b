"""Processor time of other processes, for machines on which the clock tells little."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psutil
import psycopg

EVERY_S = 0.1


class ProcessorTime:
    """Adds up what processes use while its block runs; some may end meanwhile, others begin.

    ``pids`` is asked again and again which ones are meant. What a process used before the block
    does not count, nor what it uses in its last tenth of a second.
    """

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._before: dict[int, float] = {}
        self._now: dict[int, float] = {}
        self._ended = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        for pid in self._pids():
            self._before[pid] = _used(pid) or 0.0
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """What was used so far."""
        return sum(used - self._before.get(pid, 0.0) for pid, used in self._now.items())

    def _run(self) -> None:
        while not self._ended.wait(EVERY_S):
            for pid in self._pids():
                if (used := _used(pid)) is not None:
                    self._now[pid] = used


def family() -> list[int]:
    """Return this process and those that it began."""
    own = psutil.Process()
    return [own.pid, *(child.pid for child in own.children(recursive=True))]


def backends(connection: psycopg.Connection) -> list[int]:
    """Return the processes that serve a database, but for the one that is asked."""
    query = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return [pid for (pid,) in connection.execute(query).fetchall()]


def _used(pid: int) -> float | None:
    with suppress(psutil.Error):  # it ended, or runs on another machine
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return None
