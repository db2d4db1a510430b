"""A PostgreSQL database with a role for each part, as ``colourway db roles`` makes them."""

import secrets
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from shared.database.roles import DatabaseRole
from tests.support.catalogue.shell import Shell
from tests.support.services.postgres import Postgres, connect

PRODUCER, WORKER, HOOK, WEB, READER, MIGRATE = (
    DatabaseRole.PRODUCER,
    DatabaseRole.WORKER,
    DatabaseRole.HOOK,
    DatabaseRole.WEB,
    DatabaseRole.READER,
    DatabaseRole.MIGRATE,
)
PARTS = (PRODUCER, WORKER, HOOK, WEB, READER)
"""All but the role that migrates: each works for one part of an installation."""


@dataclass(frozen=True)
class RoleDatabase:
    """A database of an administrator, and how each role of it logs in."""

    admin: str
    prefix: str
    folder: Path
    """Where the passwords are, one file for each role."""

    def name(self, role: DatabaseRole) -> str:
        return f"{self.prefix}_{role.value}"

    def url(self, role: DatabaseRole) -> str:
        password = (self.folder / role.value).read_text("utf-8").strip()
        url = make_url(self.admin).set(username=self.name(role), password=password)
        return url.render_as_string(hide_password=False)

    def make_roles(self, shell: Shell) -> str:
        """Run the command as the administrator; return what it printed."""
        shell.set(DATABASE_URL=self.admin)
        words = ("--prefix", self.prefix, "--passwords", self.folder)
        said = shell.call("db", "roles", "--apply", *words)
        assert said.exit_code == 0, said.err
        return said.out


def database_of(postgres: Postgres, template: str, folder: Path) -> Generator[RoleDatabase]:
    """Yield a database made from a template; its roles, which others could see, go at the end."""
    for role in DatabaseRole:
        (folder / role.value).write_text(f"{secrets.token_hex(16)}\n", "utf-8")
    made = RoleDatabase(postgres.create(template), f"test_{uuid4().hex[:12]}", folder)
    yield made
    postgres.drop(made.admin)
    with connect(postgres.url) as connection:
        for role in DatabaseRole:
            drop = SQL("DROP ROLE IF EXISTS {}").format(Identifier(made.name(role)))
            connection.execute(drop)


@pytest.fixture
def unroled(postgres: Postgres, tmp_path: Path) -> Generator[RoleDatabase]:
    """A migrated database, empty, whose roles are not made yet."""
    folder = tmp_path / "passwords"
    folder.mkdir()
    yield from database_of(postgres, postgres.template, folder)


@pytest.fixture
def roled(unroled: RoleDatabase, shell: Shell) -> RoleDatabase:
    """A migrated database, empty, with its roles."""
    unroled.make_roles(shell)
    return unroled
