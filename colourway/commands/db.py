"""The commands ``db``: the database's tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.cli.progress import status_line
from shared.errors import SettingsError
from shared.settings import get_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from shared.database.roles import DatabaseRole

db_app = typer.Typer(
    no_args_is_help=True, help="Create and migrate the database's tables, and its roles."
)


@db_app.command("upgrade")
def upgrade_database() -> None:
    """Create the tables of DATABASE_URL, or migrate them to this version; safe to repeat.

    Where `colourway db roles` has made roles, they get their rights on what is new.
    """
    from shared.database.engine import (  # noqa: PLC0415
        open_engine,
        schema_revision,
        show_database,
        upgrade,
    )
    from shared.database.roles import DatabaseRole, require_rights  # noqa: PLC0415

    engine = open_engine(get_settings().database_url)
    try:
        # Asked first, or a table would say "must be owner" halfway through.
        require_rights(engine, DatabaseRole.MIGRATE)
        before, tables = schema_revision(engine), _tables(engine)
        with status_line("Migrating the tables"):
            upgrade(engine)
            _grant_again(engine)
        after, made = schema_revision(engine), sorted(_tables(engine) - tables)
    finally:
        engine.dispose()
    where = show_database(engine)
    created = f"created {len(made)} tables: {', '.join(made)}" if made else "no new tables"
    if before == after:
        typer.echo(f"{where} is up to date already, at schema {after}")
    elif before is None:
        typer.echo(f"{where} is at schema {after}; {created}")
    else:
        typer.echo(f"{where} was at schema {before} and is at {after} now; {created}")


@db_app.command("roles")
def database_roles(
    apply: Annotated[
        bool, typer.Option("--apply", help="Run the statements instead of printing them.")
    ] = False,
    prefix: Annotated[
        str, typer.Option(help="What the roles' names begin with; one for each installation.")
    ] = "colourway",
    passwords: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --apply: set passwords from files named migrate, producer, worker, hook, "
            "web and reader.",
        ),
    ] = None,
) -> None:
    """Make a role for each part, with the fewest rights; print the SQL, or run it with --apply.

    DATABASE_URL must be an administrator's: a superuser, or the tables' owner with CREATEROLE. Safe
    to repeat. The roles log in: give them passwords with --passwords or psql's \\password, and
    each part its own DATABASE_URL. Only the role migrate may then run `colourway db upgrade`.
    """
    from shared.database.engine import open_engine, show_database  # noqa: PLC0415
    from shared.database.role_statements import role_name  # noqa: PLC0415
    from shared.database.roles import DatabaseRole  # noqa: PLC0415

    if passwords is not None and not apply:
        raise typer.BadParameter("it needs --apply", param_hint="'--passwords'")
    names = {role: role_name(role, prefix) for role in DatabaseRole}
    words = {} if passwords is None else _read_passwords(passwords, names)
    engine = open_engine(get_settings().database_url)
    try:
        if engine.dialect.name != "postgresql":
            raise SettingsError(f"{show_database(engine)}: only PostgreSQL has roles")
        with engine.begin() as connection:
            if apply:
                _make_roles(connection, prefix, words)
            else:
                _print_roles(connection, prefix)
    finally:
        engine.dispose()
    if apply:
        typer.echo(f"{show_database(engine)} has the roles {', '.join(names.values())}")


def _read_passwords(folder: Path, names: "dict[DatabaseRole, str]") -> dict[str, str]:
    """Return the password of each role by its name, from files; white space around it goes."""
    found: dict[str, str] = {}
    for role, name in names.items():
        file = folder / role.value
        try:
            found[name] = file.read_text("utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise SettingsError(f"cannot read the password of {name} from {file}") from error
        if not found[name]:
            raise SettingsError(f"{file} is empty: it should hold the password of {name}")
    return found


def _make_roles(connection: "Connection", prefix: str, passwords: dict[str, str]) -> None:
    from shared.database.role_statements import (  # noqa: PLC0415
        password_statement,
        role_statements,
    )

    for statement in role_statements(connection, prefix):
        connection.exec_driver_sql(statement)
    for name, password in passwords.items():
        connection.exec_driver_sql(password_statement(connection, name, password))


def _print_roles(connection: "Connection", prefix: str) -> None:
    from shared.database.role_statements import role_statements  # noqa: PLC0415

    for statement in ("BEGIN", *role_statements(connection, prefix), "COMMIT"):
        typer.echo(f"{statement};")


def _grant_again(engine: "Engine") -> None:
    """Give the roles of a database, where it has any, their rights on its present tables."""
    if engine.dialect.name != "postgresql":
        return
    from shared.database import role_statements as sql  # noqa: PLC0415

    with engine.begin() as connection:
        if (prefix := sql.prefix_of_roles(connection)) is None:
            return
        for statement in (
            *sql.own_statements(connection, prefix),
            *sql.grant_statements(connection, prefix),
        ):
            connection.exec_driver_sql(statement)


def _tables(engine: "Engine") -> set[str]:
    from sqlalchemy import inspect  # noqa: PLC0415 - so that showing help stays quick

    return set(inspect(engine).get_table_names()) - {"alembic_version"}
