"""Rename: all stored colours named anew, after the table of names has changed, by the ledger alone.

Clusters are stored and names follow from them, so no picture is looked at again. Products are gone
through in pages, each in one transaction; what is named by the table already is left alone, so a
run that was cut short is run again.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain, islice
from multiprocessing import get_context
from typing import Final, NamedTuple

from sqlalchemy import Engine, select

from producer.renaming import Page, Renamed
from producer.rows import Chunk
from shared.database import open_engine, reading
from shared.errors import ColourwayError, SettingsError
from shared.models import Catalogue, Product, utc_now
from shared.naming import Naming

PRODUCTS_AT_ONCE: Final = 2000
"""How many products share a transaction."""

FEW_PAGES: Final = 4
"""Fewer pages are done sooner than other processes have begun."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which products are renamed: of one catalogue, the first so many; else all of them.

    ``examples`` of each kind of change are kept to be shown.
    """

    catalogue: str | None = None
    limit: int | None = None
    examples: int = 0


@dataclass(frozen=True, slots=True)
class Rename:
    """Names a ledger's products by a table, page by page.

    Args:
        engine: the ledger.
        naming: the table.
        wanted: which products; all of them unless said.
        processes: how many go through pages; one with SQLite, which has one writer.
        on_progress: hears how many products were gone through so far.
        clock: what time it is.
    """

    engine: Engine
    naming: Naming
    wanted: Wanted = Wanted()
    processes: int = 1
    on_progress: Callable[[int], None] | None = None
    clock: Clock = utc_now

    def foresee(self) -> Renamed:
        """Return what :meth:`write` would do, with examples; nothing is written.

        Raises :class:`~shared.errors.SettingsError` where there is no such catalogue.
        """
        return self._go(write=False)

    def write(self) -> Renamed:
        """Name everything by the table, and return what became of the products."""
        return self._go(write=True)

    def _go(self, *, write: bool) -> Renamed:
        every = Renamed(self.naming.version, most_examples=self.wanted.examples)
        for one in self._renamed(write):
            every.add(one)
            if self.on_progress is not None:
                self.on_progress(every.seen)
        return every

    def _renamed(self, write: bool) -> Iterator[Renamed]:
        """Yield what became of each page."""
        parts = (
            _Part(self.naming, ids, self.wanted.examples, self.clock() if write else None)
            for ids in _pages(self.engine, self.wanted)
        )
        first = list(islice(parts, FEW_PAGES))
        every = chain(first, parts)
        together = self.engine.dialect.name == "postgresql" and self.processes > 1
        if together and len(first) == FEW_PAGES:
            return _elsewhere(self.engine, every, self.processes)
        return (part.rename(self.engine) for part in every)


class _Part(NamedTuple):
    """Products that are renamed in one transaction; without ``now`` nothing is written."""

    naming: Naming
    ids: list[int]
    examples: int
    now: datetime | None

    def rename(self, engine: Engine) -> Renamed:
        renamed = Renamed(self.naming.version, most_examples=self.examples)
        with (reading(engine) if self.now is None else engine).begin() as connection:
            if self.now is not None:
                Chunk(connection, None).lock_products(self.ids)
            Page(connection, self.naming, renamed, self.now).go(self.ids)
        return renamed


def _elsewhere(engine: Engine, parts: Iterable[_Part], processes: int) -> Iterator[Renamed]:
    """Yield what became of each part, renamed by other processes."""
    url = engine.url.render_as_string(hide_password=False)
    # Forked, but not from here, where there are connections and threads: from a process that has
    # done nothing but import this.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    pool = ProcessPoolExecutor(processes, context, _leave_interrupts)
    ahead: deque[Future[Renamed]] = deque()
    try:
        for part in parts:
            ahead.append(pool.submit(_rename_here, url, part))
            if len(ahead) > 2 * processes:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    except BrokenProcessPool as error:
        raise ColourwayError(
            "a process that renamed was ended from outside, perhaps for its memory; "
            "run the same again, with fewer --processes: what is named already is left alone"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    # Ctrl-C reaches every process of a terminal; the first one ends the others after their pages.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _rename_here(url: str, part: _Part) -> Renamed:
    return part._replace(naming=_kept(part.naming)).rename(_engine(url))


@cache
def _engine(url: str) -> Engine:
    return open_engine(url)


@cache
def _kept(naming: Naming) -> Naming:
    # The first of those that are equal: it knows what is near to the colours that it has met.
    return naming


def usual_processes() -> int:
    """Return how many processes rename unless somebody says: one a core, but no more than eight."""
    return min(8, os.cpu_count() or 1)


def _pages(engine: Engine, wanted: Wanted) -> Iterator[list[int]]:
    """Yield the ids of the products in order, a page at a time."""
    query = select(Product.id).order_by(Product.id)
    if wanted.catalogue is not None:
        query = query.where(Product.catalogue_id == _catalogue_id(engine, wanted.catalogue))
    last, left = 0, wanted.limit
    while left is None or left > 0:
        size = PRODUCTS_AT_ONCE if left is None else min(PRODUCTS_AT_ONCE, left)
        with reading(engine).begin() as connection:
            ids = list(connection.scalars(query.where(Product.id > last).limit(size)))
        if not ids:
            return
        yield ids
        last = ids[-1]
        left = None if left is None else left - len(ids)


def _catalogue_id(engine: Engine, name: str) -> int:
    with reading(engine).begin() as connection:
        found = connection.scalar(select(Catalogue.id).where(Catalogue.name == name))
        if found is not None:
            return found
        names = list(connection.scalars(select(Catalogue.name).order_by(Catalogue.name).limit(10)))
    there_are = f"there are: {', '.join(names)}" if names else "there is none yet"
    raise SettingsError(f"--catalogue {name!r}: there is no such catalogue; {there_are}")
