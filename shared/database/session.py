"""A session with the ledger: opened from the settings, checked, and closed again."""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from sqlalchemy import Engine, make_url

from shared.database.engine import open_engine, require_current_schema
from shared.database.roles import DatabaseRole, require_rights
from shared.settings import Settings

ANSWER_WITHIN_S: Final = 3
"""How long a database may take to accept the connection of :func:`ask_ledger`."""


def ask_ledger(settings: Settings) -> None:
    """Return where the ledger can be worked with, and soon; raise as :func:`ledger_session`."""
    with ledger_session(in_haste(settings)):
        pass


def in_haste(settings: Settings) -> Settings:
    """Return settings whose database is given up after a few seconds without a connection."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "postgresql" or "connect_timeout" in url.query:
        return settings
    hasty = url.update_query_dict({"connect_timeout": str(ANSWER_WITHIN_S)})
    shown = hasty.render_as_string(hide_password=False)
    return settings.model_copy(update={"database_url": shown})


def producer_session(settings: Settings, *, dry_run: bool) -> AbstractContextManager[Engine]:
    """Open the database for what a producer does; a dry run asks for no more than reading takes.

    Raises what :func:`ledger_session` raises.
    """
    return ledger_session(settings, DatabaseRole.READER if dry_run else DatabaseRole.PRODUCER)


@contextmanager
def ledger_session(
    settings: Settings, role: DatabaseRole = DatabaseRole.READER
) -> Generator[Engine]:
    """Open the database of the settings while the block lasts, for what a role may do.

    Rights are asked for first, so that nothing ends halfway for want of one.

    Raises:
        SchemaError: the database is not at this version's schema, or the connected user lacks some
            of the role's rights.
        SettingsError: the database's driver is not installed.
        OperationalError: SQLAlchemy's; the database cannot be reached.
    """
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        require_rights(engine, role)
        yield engine
    finally:
        engine.dispose()
