"""The catalogue lock: one nightly run of a catalogue at a time, wherever it was started.

The database keeps the lock for as long as the process lives, and no longer: a run that was killed
does not block the next.
"""

import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from shared.errors import ColourwayError
from shared.storage.file_lock import file_lock

OUR_LOCKS: Final = 72_354_213
"""First half of the key of our PostgreSQL locks; any number of our own serves."""


class CatalogueLockedError(ColourwayError):
    """Another nightly run of the same catalogue is in progress."""

    def __init__(self, catalogue: str) -> None:
        super().__init__(f"another nightly run of catalogue {catalogue!r} is in progress")


@contextmanager
def catalogue_lock(engine: Engine, catalogue: str) -> Generator[None]:
    """Lock a catalogue while the block lasts.

    On SQLite the lock is for the whole database, to which one process at a time writes anyway.

    Raises:
        CatalogueLockedError: another process has the lock.
    """
    if engine.dialect.name == "postgresql":
        with _advisory_lock(engine, catalogue):
            yield
    elif engine.url.database in (None, "", ":memory:"):
        yield  # no other process can open it
    else:
        lock = Path(f"{engine.url.database}-nightly.lock")
        with file_lock(lock, CatalogueLockedError(catalogue)):
            yield


@contextmanager
def _advisory_lock(engine: Engine, catalogue: str) -> Generator[None]:
    key = {"ours": OUR_LOCKS, "its": zlib.crc32(catalogue.encode()) - 2**31}
    # No transaction is left open: it would keep PostgreSQL from clearing away old rows all night.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:ours, :its)"), key):
            raise CatalogueLockedError(catalogue)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:ours, :its)"), key)
