"""Opening the database, bringing its schema up to date, and checking that it is.

Both databases behave alike from here on: foreign keys hold, a transaction that writes waits for
the others instead of failing, and timestamps are aware (see
:class:`shared.database.columns.UtcDateTime`).
"""

from collections.abc import Iterable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import stamina
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    any_,
    create_engine,
    event,
    literal,
    make_url,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import UserDefinedType

from shared.errors import SchemaError, SettingsError
from shared.redaction import redact

BUSY_TIMEOUT_S = 60
"""How long SQLite waits for another writer."""

OUTAGE_S: Final = 60.0
"""How long a worker waits for a PostgreSQL that cannot be reached, before it gives up."""

IDLE_LIMIT_S: Final = 5.0
"""How long a worker's transaction may stay idle. A worker that is frozen, or cut off, while it
records would keep its rows locked, and no other worker could take over its jobs."""


def open_engine(url: str, *, idle_limit_s: float | None = None) -> Engine:
    """Return an engine for a SQLite or PostgreSQL URL; nothing is connected yet.

    The folder of a SQLite file is made. With ``idle_limit_s`` PostgreSQL ends a transaction that is
    idle for longer, and releases its locks. Raises :class:`~shared.errors.SettingsError` where the
    database's driver is not installed.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # Errors are told without their parameters: those hold signed URLs and lease tokens.
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,  # a database that restarted costs a reconnection, not a job
            connect_args={"fallback_application_name": "colourway"},
        )
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{parsed.drivername} needs the package {error.name!r}: "
            "pip install 'colourway[postgres]'"
        ) from error
    if idle_limit_s is not None:
        event.listen(engine, "connect", partial(_limit_idleness, idle_limit_s))
    return engine


def show_database(engine: Engine) -> str:
    """Return a database's URL for messages, without its password, wherever that stands in it."""
    return redact(engine.url.render_as_string(hide_password=True))


def is_away(error: Exception) -> bool:
    """Return whether an error says that PostgreSQL cannot be reached, or that it has just gone."""
    if not isinstance(error, DBAPIError) or not hasattr(error.orig, "sqlstate"):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # The server did not answer at all: the connection broke, or there was none for a statement.
        # Otherwise the driver itself refused the statement, and will again.
        broke = error.connection_invalidated or error.statement is None
        return broke and isinstance(error, OperationalError)
    # 08: the connection broke. 57P: the server stops, has stopped, or starts. 25P03: it ended an
    # idle transaction.
    return state.startswith(("08", "57P", "25P03"))


outlasting = stamina.retry(
    on=is_away, attempts=None, timeout=OUTAGE_S, wait_initial=0.2, wait_max=2.0, wait_jitter=0.5
)
"""Decorates one transaction of a worker: it is retried until PostgreSQL is back.

A worker that gave up at once would lose its work in progress, and drop every notification that it
received meanwhile. What was committed just before the connection broke is done twice, so decorate
only what may be.
"""


def reading(engine: Engine) -> Engine:
    """Return the same engine for transactions that only read: on SQLite they wait for no writer."""
    return engine.execution_options(sqlite_begin="BEGIN")


def among(
    connection: Connection, column: InstrumentedAttribute[int], keys: Iterable[int]
) -> ColumnElement[bool]:
    """Return the condition that a column holds one of many keys."""
    if connection.dialect.name != "postgresql":
        return column.in_(list(keys))
    # One array: a thousand single parameters end in a plan that scans the whole table.
    return column == any_(literal(f"{{{','.join(map(str, keys))}}}", _WrittenArray("BIGINT")))


def text_array(texts: Sequence[str]) -> ColumnElement[Any]:
    """Return texts as one array for PostgreSQL; none of them may hold NUL."""
    plain = '","'.join(texts)
    if "\\" in plain or plain.count('"') != max(2 * len(texts) - 2, 0):
        plain = '","'.join([text.translate(_ESCAPES) for text in texts])
    return literal(f'{{"{plain}"}}' if texts else "{}", _WrittenArray("VARCHAR"))


_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


class _WrittenArray(UserDefinedType[str]):
    """An array that is written as text: the driver would take its time over each element.

    The driver leaves the text's type to PostgreSQL, and the cast makes it an array from the outset.
    (As ``CAST($1::text AS bigint[])`` its length would be unknown, and whole tables be scanned.)
    """

    cache_ok = True
    render_bind_cast = True

    def __init__(self, element: str) -> None:
        self.element = element

    def get_col_spec(self, **_: object) -> str:
        return f"{self.element}[]"


def _limit_idleness(limit_s: float, connection: Any, _record: object) -> None:
    # Not as a parameter of the connection: poolers in between refuse those that they do not know.
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = {round(limit_s * 1000)}")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's driver begins transactions by rules of its own, never before a SELECT; with None it
    # leaves that to _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers and the one writer do not wait
    cursor.execute("PRAGMA synchronous=NORMAL")  # safe against a killed process under WAL
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can only fail when another wrote in between;
    # one that takes the write lock at once waits for it.
    begin = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
    connection.exec_driver_sql(str(begin))


def upgrade(database: Engine | str, revision: str = "head") -> None:
    """Bring the schema to ``revision``; two processes may call this at once.

    Needs no configuration file: the migrations travel with the installed package.
    """
    engine = open_engine(database) if isinstance(database, str) else database
    config = _configuration()
    try:
        with engine.connect() as connection:
            config.attributes |= {"connection": connection, "comments": True}
            command.upgrade(config, revision)
    finally:
        if isinstance(database, str):
            engine.dispose()


def schema_revision(engine: Engine) -> str | None:
    """Return the revision at which the database's schema is; None where it has no tables yet."""
    with reading(engine).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current_schema(engine: Engine) -> None:
    """Return when the database stands at this version's schema.

    Raises :class:`~shared.errors.SchemaError`, which says what to do, when it does not.
    """
    scripts = ScriptDirectory.from_config(_configuration())
    needed = scripts.get_current_head()
    found = schema_revision(engine)
    if found == needed:
        return
    where = show_database(engine)
    if found is None:
        own = (
            "`colourway run FEED` makes them, and so does `colourway db upgrade`; "
            "if a run was made elsewhere, go to its folder or set COLOURWAY_HOME"
        )
        make = own if engine.dialect.name == "sqlite" else "run `colourway db upgrade`"
        raise SchemaError(f"{where} has no tables yet; {make}")
    try:
        scripts.get_revision(found)
    except CommandError:
        raise SchemaError(
            f"{where} was upgraded by a newer version (schema {found}, this one knows {needed}); "
            "install that version here too"
        ) from None
    raise SchemaError(
        f"{where} is at schema {found}, this version needs {needed}; run `colourway db upgrade`"
    )


def _configuration() -> Config:
    # By name, not by import: shared must not depend on the migrations.
    package = find_spec("migrations")
    if package is None or package.submodule_search_locations is None:
        raise SchemaError("the package 'migrations' is not installed beside 'shared'")
    config = Config()
    config.set_main_option(
        "script_location", package.submodule_search_locations[0].replace("%", "%%")
    )
    return config
