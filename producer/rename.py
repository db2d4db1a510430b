"""Rename: all stored colours named anew, after the table of names has changed, by the ledger alone.

Clusters are stored and names follow from them, so no picture is looked at again. Products are gone
through in pages, each in one transaction; what is named by the table already is left alone, so a
run that was cut short is run again.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select

from producer.renaming import Page, Renamed
from producer.rows import Chunk
from shared.database import reading
from shared.errors import SettingsError
from shared.models import Catalogue, Product, utc_now
from shared.naming import Naming

PRODUCTS_AT_ONCE: Final = 1000
"""How many products share a transaction."""

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
        threads: how many pages are gone through at a time; with SQLite, which has one writer, one.
        on_progress: hears how many products were gone through so far.
        clock: what time it is.
    """

    engine: Engine
    naming: Naming
    wanted: Wanted = Wanted()
    threads: int = 1
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
        pages = _pages(self.engine, self.wanted)
        if self.threads == 1 or self.engine.dialect.name == "sqlite":
            yield from (self._carry_out(ids, write) for ids in pages)
            return
        # No processes: each would start anew, and find the neighbours of all colours for itself.
        pool = ThreadPoolExecutor(self.threads)
        ahead: deque[Future[Renamed]] = deque()
        try:
            for ids in pages:
                ahead.append(pool.submit(self._carry_out, ids, write))
                if len(ahead) > 2 * self.threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _carry_out(self, ids: list[int], write: bool) -> Renamed:
        """Rename a page in one transaction."""
        renamed = Renamed(self.naming.version, most_examples=self.wanted.examples)
        with (self.engine if write else reading(self.engine)).begin() as connection:
            if write:
                Chunk(connection, None).lock_products(ids)
            Page(connection, self.naming, renamed, self.clock() if write else None).go(ids)
        return renamed


def usual_threads() -> int:
    """Return how many threads rename unless somebody says: one a core, but no more than four."""
    return min(4, os.cpu_count() or 1)


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
