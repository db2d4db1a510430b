"""The SQL that makes the roles of :mod:`shared.database.roles` and gives them their rights.

All of it may run again, and must after a migration: ``colourway db upgrade`` does that by itself.
Rights are first taken away, so that none stays of an earlier version; in one transaction, so that
who works meanwhile notices nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import Connection, text

from shared.database.roles import ALL, RIGHTS, TABLES, VERSION_TABLE, DatabaseRole, TableRights
from shared.errors import SettingsError

DEFAULT_PREFIX: Final = "colourway"

_PREFIX: Final = re.compile(r"[a-z_][a-z0-9_]{0,40}")


def role_name(role: DatabaseRole, prefix: str = DEFAULT_PREFIX) -> str:
    """Return a role's name at the server. Raises SettingsError where the prefix is none."""
    if not _PREFIX.fullmatch(prefix):
        raise SettingsError(
            f"{prefix!r} is no prefix for roles: write up to 41 of a-z, 0-9 and _, a letter first"
        )
    return f"{prefix}_{role.value}"


def prefix_of_roles(connection: Connection) -> str | None:
    """Return the prefix of the roles that a database has its rights for; None without roles.

    It is told by the owner of the tables, and where there are none yet, by the connected user.
    """
    ending = f"_{DatabaseRole.MIGRATE.value}"
    query = (
        "SELECT coalesce((SELECT pg_get_userbyid(relowner) FROM pg_class"
        " WHERE oid = to_regclass(:table)), current_user)"
    )
    owner = str(connection.scalar(text(query), {"table": VERSION_TABLE}))
    prefix = owner.removesuffix(ending)
    if prefix == owner:
        return None
    wanted = [role_name(role, prefix) for role in DatabaseRole]
    count = text("SELECT count(*) FROM pg_roles WHERE rolname = ANY(:names)")
    return prefix if connection.scalar(count, {"names": wanted}) == len(wanted) else None


def role_statements(connection: Connection, prefix: str) -> list[str]:
    """Return all that an administrator runs: roles that can log in, tables' owners, rights.

    Passwords are not among it.
    """
    migrate = _quoted(connection, role_name(DatabaseRole.MIGRATE, prefix))
    theirs = [*own_statements(connection, prefix), *grant_statements(connection, prefix)]
    if not connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        # Nobody else may give tables to a role, or rights on its tables, but as a member of it.
        theirs = [
            f"GRANT {migrate} TO CURRENT_USER",
            *theirs,
            f"REVOKE {migrate} FROM CURRENT_USER",
        ]
    return [*_make_statements(connection, prefix), *theirs]


def _make_statements(connection: Connection, prefix: str) -> list[str]:
    names = {role: _quoted(connection, role_name(role, prefix)) for role in DatabaseRole}
    database, schema = _place(connection)
    made = [
        f"DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        for name in names.values()
    ]
    everyone, migrate = ", ".join(names.values()), names[DatabaseRole.MIGRATE]
    return [
        *made,
        # Before PostgreSQL 15 everybody may make tables.
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
        f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {everyone}",
        f"GRANT USAGE ON SCHEMA {schema} TO {everyone}",
        f"GRANT CREATE ON SCHEMA {schema} TO {migrate}",
    ]


def own_statements(connection: Connection, prefix: str) -> list[str]:
    """Return what gives the role ``migrate`` the tables and functions that others own."""
    owner = role_name(DatabaseRole.MIGRATE, prefix)
    found = connection.execute(_OTHERS, {"tables": list(TABLES), "owner": owner}).all()
    name = _quoted(connection, owner)
    return [f"ALTER {kind} {what} OWNER TO {name}" for kind, what in found]


_OTHERS: Final = text(
    "SELECT 'TABLE', c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r'"
    " AND c.relname = ANY(:tables) AND pg_table_is_visible(c.oid)"
    " AND pg_get_userbyid(c.relowner) <> :owner"
    " UNION SELECT 'FUNCTION', p.oid::regprocedure::text FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE NOT t.tgisinternal AND c.relname = ANY(:tables) AND pg_table_is_visible(c.oid)"
    " AND pg_get_userbyid(p.proowner) <> :owner ORDER BY 1, 2"
)


def grant_statements(connection: Connection, prefix: str) -> list[str]:
    """Return what gives every role its rights on the tables that are there now, and no others.

    The owner of the tables may run it.
    """
    there = _columns(connection)
    names = {role: _quoted(connection, role_name(role, prefix)) for role in RIGHTS}
    everyone = ", ".join(names.values())
    statements: list[str] = []
    for table, columns in there.items():
        quoted, sequence = _quoted(connection, table), _sequence(connection, table, columns)
        statements.append(f"REVOKE ALL ON TABLE {quoted} FROM {everyone}")
        if sequence is not None:
            statements.append(f"REVOKE ALL ON SEQUENCE {sequence} FROM {everyone}")
        for role, name in names.items():
            rights = RIGHTS[role].get(table, _of_version_table(table))
            given = list(_granted(connection, rights, columns))
            if given:
                statements.append(f"GRANT {', '.join(given)} ON TABLE {quoted} TO {name}")
            if rights.insert and sequence is not None:
                statements.append(f"GRANT USAGE ON SEQUENCE {sequence} TO {name}")
    return statements


def password_statement(connection: Connection, role: str, password: str) -> str:
    """Return what sets a role's password, as a verifier: the server never sees the password."""
    driver = cast("Any", connection.connection.driver_connection)
    verifier = driver.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    return f"ALTER ROLE {_quoted(connection, role)} PASSWORD '{verifier}'"


def _of_version_table(table: str) -> TableRights:
    return TableRights(ALL) if table == VERSION_TABLE else TableRights()


def _granted(connection: Connection, rights: TableRights, columns: Sequence[str]) -> Iterator[str]:
    for kind, wanted in rights.kinds().items():
        if wanted == ALL:
            yield kind
        elif names := [name for name in wanted.split() if name in columns]:
            yield f"{kind} ({', '.join(_quoted(connection, name) for name in names)})"


def _columns(connection: Connection) -> Mapping[str, list[str]]:
    """Return the columns of those of our tables that are there."""
    query = text(
        "SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relkind = 'r' AND c.relname = ANY(:tables) AND pg_table_is_visible(c.oid)"
        " GROUP BY c.relname"
    )
    rows = connection.execute(query, {"tables": list(TABLES)}).all()
    found: dict[str, list[str]] = dict(rows)  # pyright: ignore[reportArgumentType]
    return {table: found[table] for table in TABLES if table in found}


def _sequence(connection: Connection, table: str, columns: Sequence[str]) -> str | None:
    if "id" not in columns:
        return None
    query = text("SELECT pg_get_serial_sequence(:table, 'id')")
    return connection.scalar(query, {"table": _quoted(connection, table)})


def _place(connection: Connection) -> tuple[str, str]:
    query = text("SELECT quote_ident(current_database()), quote_ident(current_schema())")
    database, schema = connection.execute(query).one()
    return database, schema


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
