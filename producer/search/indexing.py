"""Keeping the search rows up to date: a thread that follows the catalogue's changes."""

from threading import Event, Thread
from typing import Final, NamedTuple, Self

import structlog
from sqlalchemy import Connection, Engine, delete, func, insert, select
from sqlalchemy.exc import DBAPIError

from producer.catalogue.change_feed import ChangeCursor, StaleCursor, changed_products
from producer.search.rows import RowMaker
from shared.database.engine import reading
from shared.database.models import Product, utc_now
from shared.database.search_rows import SearchProgress

AT_ONCE: Final = 500
"""So many products' rows are made in one transaction."""

PAUSE_S: Final = 2.0
GATHER_S: Final = 0.1
"""How long others who hurry are waited for: many people decide in one second."""
OUR_LOCK: Final = 7_235_421_386_121
"""Key of the PostgreSQL lock under which rows are made; any number of our own serves."""

log = structlog.get_logger(__name__)


class Indexer:
    """Follows the changes of products, as far as they are settled, and makes their search rows.

    Any number may run at once, in one process or several: one of them works at a time.
    """

    def __init__(self, engine: Engine, maker: RowMaker, pause_s: float = PAUSE_S) -> None:
        self._engine, self.maker, self._pause_s = engine, maker, pause_s
        self._stop, self._wake = Event(), Event()
        self._thread = Thread(target=self._run, name="search-rows", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def hurry(self) -> None:
        """Look for changes at once: somebody has just made one, and will look for it."""
        self._wake.set()

    def catch_up(self) -> int:
        """Make every row that is behind, and return for how many products; 0 if another does."""
        products = 0
        while not self._stop.is_set():
            made, more = self._step()
            products += made
            if not more:
                break
        return products

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if made := self.catch_up():
                    log.debug("made search rows", products=made)
            except DBAPIError as error:
                log.warning("search rows wait for the database", error=str(error).splitlines()[0])
            if self._wake.wait(self._pause_s):
                self._stop.wait(GATHER_S)
            self._wake.clear()

    def _step(self) -> tuple[int, bool]:
        """Make the rows of the next products; return how many, and whether others wait."""
        with reading(self._engine).begin() as connection:
            at = _progress(connection, self.maker.version)
            try:
                changed = changed_products(connection, at.cursor, AT_ONCE)
            except StaleCursor:
                changed = changed_products(connection, None, AT_ONCE)
        if changed.cursor == at.cursor and at.caught_up:
            return 0, False  # most times, and without a transaction that writes
        with self._engine.begin() as connection:
            if not _alone(connection) or _progress(connection, self.maker.version) != at:
                return 0, False
            self.maker.refresh(connection, changed.ids)
            caught_up = at.caught_up or not changed.more
            connection.execute(delete(SearchProgress))
            connection.execute(
                insert(SearchProgress).values(
                    version=self.maker.version,
                    cursor=str(changed.cursor),
                    caught_up_at=utc_now() if caught_up else None,
                )
            )
        return len(changed.ids), changed.more


class _Progress(NamedTuple):
    cursor: ChangeCursor | None
    caught_up: bool


def _progress(connection: Connection, version: str) -> _Progress:
    """Return where to go on; at the beginning, which another version of the words demands."""
    columns = (SearchProgress.version, SearchProgress.cursor, SearchProgress.caught_up_at)
    at = connection.execute(select(*columns)).first()
    if at is None or at.version != version:
        return _Progress(None, caught_up=False)
    caught_up = at.caught_up_at is not None
    try:
        return _Progress(ChangeCursor.read(at.cursor), caught_up)
    except StaleCursor:  # an earlier version's
        return _Progress(None, caught_up)


def rows_behind(connection: Connection) -> bool:
    """Whether the search rows were never all made: a page over them would lack products."""
    if connection.scalar(select(SearchProgress.caught_up_at)) is not None:
        return False
    return connection.scalar(select(Product.id).limit(1)) is not None


def _alone(connection: Connection) -> bool:
    """Whether no other makes rows; SQLite's transactions that write wait for each other."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(OUR_LOCK))))
