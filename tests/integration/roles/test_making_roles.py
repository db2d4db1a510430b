"""`colourway db roles`: printed or run, before and after migrations, again and again."""

from collections.abc import Sequence
from typing import Final

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from shared.database.engine import open_engine, upgrade
from shared.database.roles import DatabaseRole, missing_rights
from tests.support.catalogue.shell import Shell, shell
from tests.support.database_roles import RoleDatabase, roled, unroled
from tests.support.services.postgres import Postgres, connect

__all__ = ["roled", "shell", "unroled"]  # fixtures

OBJECTS: Final = """
SELECT 'TABLE', oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
UNION SELECT 'FUNCTION', oid::regprocedure::text FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
"""

GRANTED: Final = """
SELECT grantee::text, table_name::text, column_name::text, privilege_type::text
FROM information_schema.column_privileges WHERE grantee LIKE %(prefix)s
UNION SELECT grantee, table_name, '', privilege_type
FROM information_schema.table_privileges WHERE grantee LIKE %(prefix)s
UNION SELECT grantee, object_name, object_type, privilege_type
FROM information_schema.usage_privileges WHERE grantee LIKE %(prefix)s
UNION SELECT tableowner, tablename, '', 'owner' FROM pg_tables WHERE schemaname = 'public'
ORDER BY 1, 2, 3, 4
"""


def granted(database: RoleDatabase) -> Sequence[tuple[str, ...]]:
    """Return all rights of the roles, and who owns each table."""
    with connect(database.admin) as connection:
        return connection.execute(GRANTED, {"prefix": f"{database.prefix}%"}).fetchall()


def roles_made(database: RoleDatabase) -> int:
    with connect(database.admin) as connection:
        query = "SELECT count(*) FROM pg_roles WHERE rolname LIKE %s"
        (count,) = connection.execute(query, [f"{database.prefix}_%"]).fetchone() or (0,)
        return count


def make_anew(postgres: Postgres, database: RoleDatabase) -> None:
    """Put a database without any table in its place."""
    postgres.drop(database.admin)
    with connect(postgres.url) as connection:
        name = Identifier(str(make_url(database.admin).database))
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(name))


def check_rights(database: RoleDatabase) -> None:
    for role in DatabaseRole:
        engine = open_engine(database.url(role))
        assert missing_rights(engine, role) == []
        engine.dispose()


def test_roles_get_their_rights_on_what_a_later_migration_adds(
    postgres: Postgres, unroled: RoleDatabase, shell: Shell
) -> None:
    make_anew(postgres, unroled)
    # Since 0006 came two tables, triggers that write them, and columns.
    upgrade(unroled.admin, "0006")
    unroled.make_roles(shell)

    shell.set(DATABASE_URL=unroled.url(DatabaseRole.MIGRATE))
    said = shell.call("db", "upgrade")

    assert said.exit_code == 0, said.err
    assert "was at schema 0006" in said.out
    check_rights(unroled)


def test_roles_may_come_before_the_first_table(
    postgres: Postgres, unroled: RoleDatabase, shell: Shell
) -> None:
    make_anew(postgres, unroled)
    unroled.make_roles(shell)
    shell.set(DATABASE_URL=unroled.url(DatabaseRole.MIGRATE))
    assert shell.call("db", "upgrade").exit_code == 0
    check_rights(unroled)


def test_making_roles_again_mends_what_was_changed(roled: RoleDatabase, shell: Shell) -> None:
    before = granted(roled)
    worker = roled.name(DatabaseRole.WORKER)
    with connect(roled.admin) as admin:
        admin.execute(f'GRANT DELETE ON products TO "{worker}"')  # pyright: ignore
        admin.execute(f'REVOKE UPDATE ON drafts FROM "{worker}"')  # pyright: ignore
        admin.execute("ALTER TABLE jobs OWNER TO CURRENT_USER")
    assert granted(roled) != before

    roled.make_roles(shell)

    assert granted(roled) == before


def test_what_is_printed_does_the_same(unroled: RoleDatabase, shell: Shell) -> None:
    shell.set(DATABASE_URL=unroled.admin)
    said = shell.call("db", "roles", "--prefix", unroled.prefix)
    assert said.exit_code == 0
    assert roles_made(unroled) == 0
    with connect(unroled.admin) as admin:
        admin.execute(said.out)  # pyright: ignore
    printed = granted(unroled)
    assert len(printed) > 100

    unroled.make_roles(shell)

    assert granted(unroled) == printed


def test_an_administrator_need_not_be_a_superuser(
    postgres: Postgres, unroled: RoleDatabase, shell: Shell
) -> None:
    admin = f"{unroled.prefix}_admin"
    with connect(postgres.url) as connection:
        connection.execute(f"CREATE ROLE {admin} LOGIN CREATEROLE PASSWORD 'only-for-a-test'")  # pyright: ignore
    name = unroled.admin.rpartition("/")[2]
    try:
        with connect(unroled.admin) as connection:
            connection.execute(f'ALTER DATABASE "{name}" OWNER TO {admin}')  # pyright: ignore
            for kind, what in connection.execute(OBJECTS).fetchall():
                connection.execute(f"ALTER {kind} {what} OWNER TO {admin}")  # pyright: ignore
        theirs = make_url(unroled.admin).set(username=admin, password="only-for-a-test")
        url = theirs.render_as_string(hide_password=False)
        RoleDatabase(url, unroled.prefix, unroled.folder).make_roles(shell)
        check_rights(unroled)
    finally:
        postgres.drop(unroled.admin)
        with connect(postgres.url) as connection:
            for role in DatabaseRole:
                connection.execute(f"DROP ROLE IF EXISTS {unroled.name(role)}")  # pyright: ignore
            connection.execute(f"DROP ROLE {admin}")  # pyright: ignore


def test_passwords_are_kept_as_verifiers_and_never_printed(
    roled: RoleDatabase, shell: Shell
) -> None:
    said = roled.make_roles(shell)
    with connect(roled.admin) as admin:
        query = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
        for role in DatabaseRole:
            (kept,) = admin.execute(query, [roled.name(role)]).fetchone() or ("",)
            assert kept.startswith("SCRAM-SHA-256$")
            assert (roled.folder / role.value).read_text().strip() not in said + kept


@pytest.mark.parametrize("prefix", ["", "Shop", "a;b", "x" * 42, "1a"])
def test_a_prefix_that_is_none_is_refused(prefix: str, unroled: RoleDatabase, shell: Shell) -> None:
    shell.set(DATABASE_URL=unroled.admin)
    said = shell.call("db", "roles", "--prefix", prefix)
    assert (said.exit_code, said.out) == (2, "")
    assert "is no prefix for roles" in said.err


def test_sqlite_has_no_roles(shell: Shell, sqlite_url: str) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    said = shell.call("db", "roles", "--apply")
    assert (said.exit_code, said.out) == (2, "")
    assert "only PostgreSQL has roles" in said.err


def test_a_password_that_is_not_there_is_told_before_anything_is_done(
    unroled: RoleDatabase, shell: Shell
) -> None:
    (unroled.folder / "hook").write_text("\n")
    shell.set(DATABASE_URL=unroled.admin)
    words = ("db", "roles", "--apply", "--prefix", unroled.prefix, "--passwords", unroled.folder)
    assert "hook is empty" in shell.call(*words).err
    (unroled.folder / "hook").unlink()
    assert "cannot read the password" in shell.call(*words).err
    assert roles_made(unroled) == 0
