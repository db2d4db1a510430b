"""The commands ``db``: the database's tables."""

import typer

from shared.settings import get_settings

db_app = typer.Typer(no_args_is_help=True, help="Create and migrate the database's tables.")


@db_app.command("upgrade")
def upgrade_database() -> None:
    """Create the tables of DATABASE_URL, or migrate them to this version; safe to repeat."""
    from sqlalchemy import make_url  # noqa: PLC0415 - so that showing help stays quick

    from shared.database.engine import upgrade  # noqa: PLC0415

    url = get_settings().database_url
    upgrade(url)
    typer.echo(f"{make_url(url).render_as_string(hide_password=True)} is up to date")


@db_app.callback()
def database() -> None:
    """Create and migrate the database's tables."""
