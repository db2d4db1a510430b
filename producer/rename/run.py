"""Rename: all stored colours named anew after the table of names has changed, without any picture.

The stored colours are enough to name them, so no picture is fetched again. Products are renamed in
pages, each in one transaction. What the table has named already is skipped, so a run that was cut
short can be started again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, select

from producer.rename.outcome import Renamed
from producer.rename.pool import Part, RenamePool
from shared.colour.naming import Naming
from shared.database.engine import reading
from shared.database.models import Catalogue, Product, utc_now
from shared.errors import SettingsError

PRODUCTS_AT_ONCE: Final = 4000
"""How many products share a transaction. A worker that records one of them waits, for a second."""

FEW_PAGES: Final = 4
"""Fewer pages are renamed before other processes could start."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class RenameSelection:
    """Which products are renamed: those of one catalogue, the first so many; else all of them.

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
        pool: processes that rename pages too; not used with SQLite, which has one writer.
        on_progress: gets the number of products gone through so far.
        clock: returns the time.
        pieces: the lexicon that categories are read by, the bundled one unless given.
    """

    engine: Engine
    naming: Naming
    wanted: RenameSelection = RenameSelection()
    pool: RenamePool | None = None
    on_progress: Callable[[int], None] | None = None
    clock: Clock = utc_now
    pieces: Path | None = None

    def foresee(self) -> Renamed:
        """Return what :meth:`write` would do, with examples; nothing is written.

        Raises :class:`~shared.errors.SettingsError` where there is no such catalogue.
        """
        return self._go(write=False)

    def write(self) -> Renamed:
        """Name everything by the table, and return what changed."""
        return self._go(write=True)

    def _go(self, *, write: bool) -> Renamed:
        every = Renamed(self.naming.version, most_examples=self.wanted.examples)
        for one in self._renamed(write):
            every.add(one)
            if self.on_progress is not None:
                self.on_progress(every.seen)
        return every

    def _renamed(self, write: bool) -> Iterator[Renamed]:
        """Yield what changed in each page."""
        parts = (
            Part(
                self.naming,
                ids,
                self.wanted.examples,
                self.clock() if write else None,
                self.pieces,
            )
            for ids in _pages(self.engine, self.wanted)
        )
        first = list(islice(parts, FEW_PAGES))
        every = chain(first, parts)
        helps = self.engine.dialect.name == "postgresql" and len(first) == FEW_PAGES
        if self.pool is not None and self.pool.processes > 1 and helps:
            return self.pool.rename(every)
        return (part.rename(self.engine) for part in every)


def _pages(engine: Engine, wanted: RenameSelection) -> Iterator[Sequence[int]]:
    """Yield the ids of the products in order, a page at a time."""
    query = select(Product.id).order_by(Product.id)
    if wanted.catalogue is not None:
        query = query.where(Product.catalogue_id == _catalogue_id(engine, wanted.catalogue))
    last, left = 0, wanted.limit
    while left is None or left > 0:
        size = PRODUCTS_AT_ONCE if left is None else min(PRODUCTS_AT_ONCE, left)
        with reading(engine).begin() as connection:
            ids = connection.scalars(query.where(Product.id > last).limit(size)).all()
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
