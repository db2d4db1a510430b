"""A session with the ledger: opened from the settings, checked, and closed again."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Engine

from shared.database.engine import open_engine, require_current_schema
from shared.settings import Settings


@contextmanager
def ledger_session(settings: Settings, *, idle_limit_s: float | None = None) -> Generator[Engine]:
    """Open the database of the settings while the block lasts.

    ``idle_limit_s`` is that of :func:`~shared.database.engine.open_engine`.

    Raises:
        SchemaError: the database is not at this version's schema.
        SettingsError: the database's driver is not installed.
        OperationalError: SQLAlchemy's; the database cannot be reached.
    """
    engine = open_engine(settings.database_url, idle_limit_s=idle_limit_s)
    try:
        require_current_schema(engine)
        yield engine
    finally:
        engine.dispose()
