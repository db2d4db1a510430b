"""The database: the server, its version, its schema, the role that logs in, the clock."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, make_url, text

from colourway.doctor.finding import HealthFinding, examine, ok, skipped, warning, wrong
from shared.database.engine import (
    open_engine,
    reading,
    require_current_schema,
    schema_revision,
    show_database,
)
from shared.database.models import utc_now
from shared.database.roles import DatabaseRole, missing_rights
from shared.database.session import in_haste
from shared.settings import Settings

OLDEST_POSTGRES: Final = 14
"""The migrations replace triggers in place, which came with it."""

CLOCK_LIMIT_S: Final = 5.0
"""How far this machine's clock and the database's may differ. Leases and waits are written by the
clock of whoever takes them, and read by others' clocks."""

_REACH: Final = "check DATABASE_URL, that the server runs, and that this machine may reach it"


def examine_database(settings: Settings, role: DatabaseRole | None) -> Iterator[HealthFinding]:
    """Yield what is found of the database; ``role`` is of the part that is to use it, if known."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        if url.database not in (None, "", ":memory:") and not file.exists():
            yield skipped(
                "database", f"{file} is not there yet; the first `colourway run` makes it"
            )
            return
    engine = open_engine(in_haste(settings).database_url)
    try:
        found = list(examine("database", _REACH, lambda: _server(engine)))
        yield from found
        if any(each.name == "database" and each.do for each in found):
            return  # all else would fail for the same reason
        upgrade = "run `colourway db upgrade`"
        schema = list(examine("schema", upgrade, lambda: _schema(engine)))
        yield from schema
        if not any(each.do for each in schema):
            advice = "run `colourway db roles --apply` as an administrator"
            yield from examine("role", advice, lambda: _role(engine, role))
        yield from examine("clock", "keep the clocks right, by NTP", lambda: _clock(engine))
    finally:
        engine.dispose()


def _server(engine: Engine) -> Iterator[HealthFinding]:
    where = show_database(engine).partition("?")[0]
    with reading(engine).connect() as connection:
        if engine.dialect.name == "sqlite":
            version = connection.scalar(text("SELECT sqlite_version()"))
            yield ok("database", f"{where}: SQLite {version}")
            return
        number = int(connection.scalar(text("SHOW server_version_num")) or 0)
        version = connection.scalar(text("SHOW server_version"))
    says = f"{where}: PostgreSQL {version}"
    if number // 10_000 < OLDEST_POSTGRES:
        yield wrong("database", says, f"upgrade it to PostgreSQL {OLDEST_POSTGRES} or newer")
    else:
        yield ok("database", says)


def _schema(engine: Engine) -> Iterator[HealthFinding]:
    require_current_schema(engine)
    yield ok("schema", f"at {schema_revision(engine)}, as this version needs")


def _role(engine: Engine, role: DatabaseRole | None) -> Iterator[HealthFinding]:
    if engine.dialect.name == "sqlite":
        yield skipped("role", "SQLite has none: whoever may write the file may do everything")
        return
    user = engine.url.username
    may = [each for each in DatabaseRole if not missing_rights(engine, each)]
    says = f"{user} may work as {', '.join(may) or 'no part'}"
    if role is not None and role not in may:
        lacks = ", ".join(missing_rights(engine, role)[:3])
        yield wrong("role", f"{says}, not as {role}: it lacks {lacks}", _log_in_as(role.value))
    elif not may:
        lacks = ", ".join(missing_rights(engine, DatabaseRole.READER)[:3])
        yield wrong("role", f"{says}: a reader would need {lacks}", _log_in_as("a part"))
    elif DatabaseRole.MIGRATE in may and role not in (None, DatabaseRole.MIGRATE):
        yield warning("role", f"{says}: that is more than {role} needs", _log_in_as(str(role)))
    else:
        yield ok("role", says)


def _log_in_as(role: str) -> str:
    return (
        "make roles with `colourway db roles --apply`, as an administrator, and give this part a "
        f"DATABASE_URL with the role of {role}"
    )


def _clock(engine: Engine) -> Iterator[HealthFinding]:
    if engine.dialect.name == "sqlite":
        yield skipped("clock", "the database has no clock of its own")
        return
    with reading(engine).connect() as connection:
        before = utc_now()
        theirs = connection.scalar(text("SELECT clock_timestamp()"))
        after = utc_now()
    assert isinstance(theirs, datetime)
    skew_s = (theirs - before - (after - before) / 2).total_seconds()
    says = f"the database's clock differs by {skew_s:+.1f} s"
    if abs(skew_s) > CLOCK_LIMIT_S:
        advice = "keep both clocks right, by NTP: leases and waits are told by them"
        yield wrong("clock", says, advice)
    else:
        yield ok("clock", says)
