"""A PostgreSQL server, and a new database on it (or on SQLite) for each test."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, make_url

from shared.database.engine import open_engine, upgrade
from shared.database.tables import METADATA
from tests.support.services import (
    PRIVATE,
    START_TIMEOUT_S,
    Absent,
    free_port,
    program,
    shared,
    tell_absent,
)


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(
        url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True, connect_timeout=3
    )


def postgres_on_usual_port() -> str:
    """Return the URL of a server that lets us in without being told how (PG… variables count)."""
    complaints: list[str] = []
    for user in filter(None, [os.environ.get("PGUSER"), "postgres", os.environ.get("USER")]):
        host, port = os.environ.get("PGHOST", "127.0.0.1"), os.environ.get("PGPORT", "5432")
        url = f"postgresql+psycopg://{user}@{host}:{port}/postgres"
        try:
            with connect(url) as connection:
                query = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                if connection.execute(query).fetchone() == (True,):
                    return url
                complaints.append(f"{user} may not create databases")
        except psycopg.Error as error:
            complaints.append(str(error).strip().splitlines()[-1])
    raise Absent("; ".join(complaints))


@contextmanager
def postgres_of_our_own(folder: Path) -> Generator[str]:
    """Start a server from installed programs, on a free port, without durability: it is fast."""
    homes = [
        found
        for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin", "local/pgsql/bin")
        for found in sorted(Path("/usr").glob(pattern), reverse=True)
    ]
    path = os.pathsep.join([*map(str, homes), os.environ.get("PATH", "")])
    initdb, postgres = shutil.which("initdb", path=path), shutil.which("postgres", path=path)
    if initdb is None or postgres is None:
        raise Absent("the programs initdb and postgres are not installed")
    user = None
    if os.geteuid() == 0:  # it refuses to run as root
        known = {entry.pw_name for entry in pwd.getpwall()}
        user = next((name for name in ("postgres", "nobody") if name in known), None)
    data = folder / "data"
    data.mkdir(parents=True)
    if user is not None:
        for place in (folder, data):
            shutil.chown(place, user)
        for parent in folder.parents:  # pytest's folders are closed to other users
            if parent.stat().st_uid == 0 and "pytest" in parent.name:
                parent.chmod(parent.stat().st_mode | 0o011)
    made = subprocess.run(
        [initdb, "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"],
        capture_output=True,
        text=True,
        user=user,
        cwd=folder,
        check=False,
    )
    if made.returncode != 0:
        raise Absent(f"initdb failed: {made.stderr.strip()[-300:]}")
    port = free_port()
    args = [postgres, "-D", str(data), "-p", str(port), "-k", str(folder)]
    for setting in ("listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off"):
        args += ["-c", setting]
    url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    with program(args, folder, lambda: connect(url).close(), user):
        yield url


@contextmanager
def any_postgres(folder: Path) -> Generator[str]:
    given = os.environ.get("COLOURWAY_TEST_DATABASE_URL")
    if given and given != PRIVATE:
        url = given.replace("postgres://", "postgresql://", 1)
        yield url.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    try:
        if given == PRIVATE:
            raise Absent("asked for a private one")
        found = postgres_on_usual_port()
    except Absent as reason:
        try:
            with postgres_of_our_own(folder) as url:
                yield url
        except Absent as also:
            raise Absent(f"{reason}; {also}") from None
    else:
        yield found


@dataclass(frozen=True)
class Postgres:
    """A server, and a database on it that is migrated and only copied, never used."""

    url: str
    template: str

    def create(self, template: str) -> str:
        """Make a database and return its URL."""
        name = new_name()
        with connect(self.url) as connection:
            create = SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(create.format(Identifier(name), Identifier(template)))
        return self.database(name)

    def drop(self, url: str) -> None:
        with connect(self.url) as connection:
            drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(Identifier(str(make_url(url).database))))

    def database(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


SCHEMA: Final = """
SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
ORDER BY 1
"""


class Lasting:
    """A migrated database that is emptied, rather than made anew, for the next test.

    That is several times as fast. Where a test changed the schema or its version, another is made.
    """

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._begin()
        with connect(self.url) as connection:
            self._schema = schema(connection)

    def _begin(self) -> None:
        self.url = self._server.create(self._server.template)
        with connect(self.url) as connection:
            name = Identifier(str(make_url(self.url).database))
            # Nothing here is to outlive a crash of the machine.
            connection.execute(SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))

    def empty(self) -> None:
        """Empty it, under another name: a process that a test left behind does not find it."""
        self._rename()
        with connect(self.url) as connection:
            if is_as_it_was := schema(connection) == self._schema:
                with connection.transaction():
                    for table in reversed(METADATA.sorted_tables):
                        connection.execute(SQL("DELETE FROM {}").format(Identifier(table.name)))
                    restart = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
                    connection.execute(restart)
        if not is_as_it_was:
            self._server.drop(self.url)
            self._begin()

    def _rename(self) -> None:
        old, new = str(make_url(self.url).database), new_name()
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        rename = SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(old), Identifier(new))
        until = time.monotonic() + START_TIMEOUT_S
        with connect(self._server.url) as connection:
            while True:
                connection.execute(end, [old])
                try:
                    connection.execute(rename)
                except psycopg.errors.ObjectInUse:  # a session ends a moment after it is told to
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.02)
                else:
                    break
        self.url = self._server.database(new)


def schema(connection: psycopg.Connection) -> list[tuple[str, ...]]:
    """Return all that migrations make, and the version that they came to."""
    found = connection.execute(SCHEMA).fetchall()
    if any(line.startswith("alembic_version ") for (line,) in found):
        found += connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return found


def new_name() -> str:
    return f"colourway_test_{uuid4().hex[:12]}"


@contextmanager
def migrated_postgres(folder: Path) -> Generator[str]:
    """Find or start a server, and migrate the database on it that is copied."""
    with any_postgres(folder) as url:
        server = Postgres(url, "template0")
        template = server.create("template0")
        try:
            upgrade(template)
            yield f"{url} {make_url(template).database}"
        finally:
            server.drop(template)


@contextmanager
def migrated_sqlite(folder: Path) -> Generator[str]:
    upgrade(f"sqlite:///{folder / 'template.db'}")
    yield str(folder / "template.db")


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Postgres:
    """A PostgreSQL server; most tests want ``postgres_url`` or ``engine`` instead."""
    try:
        return Postgres(*shared("postgres", request, migrated_postgres).split(" "))
    except Absent as reason:
        tell_absent("PostgreSQL", "COLOURWAY_TEST_DATABASE_URL", reason)


@pytest.fixture
def empty_postgres_url(postgres: Postgres) -> Generator[str]:
    """A new PostgreSQL database without any table."""
    url = postgres.create("template0")
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def lasting_postgres(postgres: Postgres) -> Generator[Lasting]:
    """The database that the tests of this process use in turn."""
    lasting = Lasting(postgres)
    yield lasting
    postgres.drop(lasting.url)


@pytest.fixture
def postgres_url(lasting_postgres: Lasting) -> Generator[str]:
    """A migrated PostgreSQL database, empty, which nobody else knows."""
    yield lasting_postgres.url
    lasting_postgres.empty()


@pytest.fixture(scope="session")
def sqlite_template(request: pytest.FixtureRequest) -> Path:
    """A SQLite database that is migrated and only copied, never used."""
    return Path(shared("sqlite", request, migrated_sqlite))


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A new SQLite database, migrated."""
    shutil.copyfile(sqlite_template, tmp_path / "colourway.db")
    return f"sqlite:///{tmp_path / 'colourway.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new, migrated database; the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(database_url: str) -> Generator[Engine]:
    """An engine on a new, migrated database; the test runs once on each kind."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()
