"""The pool of a rename: processes that rename pages of products, each with its own connection.

Processes and not threads: most of the work is Python's. They stay for a second pass, since they
have cached the nearest names of a catalogue's colours by then.
"""

import gc
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from sqlalchemy import Engine

from producer.rename.outcome import Renamed
from producer.rename.products import ProductRenaming
from shared.catalogue.presentation import Presentations
from shared.colour.naming import Naming
from shared.database.engine import open_engine, reading
from shared.errors import ColourwayError


class Part(NamedTuple):
    """Products that are renamed in one transaction; without ``now`` nothing is written.

    ``pieces`` is the lexicon that categories are read by, the bundled one unless given.
    """

    naming: Naming
    ids: Sequence[int]
    examples: int
    now: datetime | None
    pieces: Path | None = None

    def rename(self, engine: Engine) -> Renamed:
        """Rename them in a ledger; return what changed."""
        renamed = Renamed(self.naming.version, most_examples=self.examples)
        with (reading(engine) if self.now is None else engine).begin() as connection:
            presentations = Presentations.load(self.pieces)
            ProductRenaming(connection, self.naming, presentations, renamed, self.now).rename(
                self.ids
            )
        return renamed


class RenamePool:
    """Processes that rename parts of a ledger; they begin when the first part comes.

    Args:
        url: the ledger's, on PostgreSQL.
        processes: how many; one a core unless said, but no more than eight.
    """

    def __init__(self, url: str, processes: int | None = None) -> None:
        self.processes = processes or min(8, os.cpu_count() or 1)
        self._url = url
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def rename(self, parts: Iterable[Part]) -> Iterator[Renamed]:
        """Yield what changed in each part, in their order.

        Raises :class:`~shared.errors.ColourwayError` where a process ended before its part did.
        """
        executor = self._executor = self._executor or _executor(self.processes)
        ahead: deque[Future[Renamed]] = deque()
        try:
            for part in parts:
                ahead.append(executor.submit(_rename, self._url, part))
                if len(ahead) > 2 * self.processes:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        except BrokenProcessPool as error:
            raise ColourwayError(
                "a process that renamed was ended from outside, perhaps for its memory; "
                "run the same command again, with fewer --processes: it skips what it has renamed"
            ) from error
        finally:
            for future in ahead:
                future.cancel()


def _executor(processes: int) -> ProcessPoolExecutor:
    # Forked, but not from this process, which has connections and threads: from one that has only
    # imported this module.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return ProcessPoolExecutor(processes, context, _begin)


def _begin() -> None:
    # Ctrl-C reaches every process of a terminal; the main one ends the others after their pages.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # imported modules stay: collecting among them costs a tenth of the time


def _rename(url: str, part: Part) -> Renamed:
    return part._replace(naming=_kept(part.naming)).rename(_engine(url))


@cache
def _engine(url: str) -> Engine:
    return open_engine(url)


@cache
def _kept(naming: Naming) -> Naming:
    # The first of several equal ones, since it has cached the nearest names of many colours.
    return naming
