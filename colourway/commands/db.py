"""The commands ``db``: the database's tables."""

from typing import TYPE_CHECKING

import typer

from shared.cli.progress import status_line
from shared.settings import get_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

db_app = typer.Typer(no_args_is_help=True, help="Create and migrate the database's tables.")


@db_app.command("upgrade")
def upgrade_database() -> None:
    """Create the tables of DATABASE_URL, or migrate them to this version; safe to repeat."""
    from shared.database.engine import (  # noqa: PLC0415
        open_engine,
        schema_revision,
        show_database,
        upgrade,
    )

    engine = open_engine(get_settings().database_url)
    try:
        before, tables = schema_revision(engine), _tables(engine)
        with status_line("Migrating the tables"):
            upgrade(engine)
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


def _tables(engine: "Engine") -> set[str]:
    from sqlalchemy import inspect  # noqa: PLC0415 - so that showing help stays quick

    return set(inspect(engine).get_table_names()) - {"alembic_version"}
