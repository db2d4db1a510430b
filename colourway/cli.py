"""The command line: knows every command by name and imports only the one that is called.

A producer's machine has no TensorFlow, no OpenCV and no NumPy; a worker's start-up takes seconds.
So the table below names each command's function, and nothing else is imported to find it.
"""

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from shared.errors import ColourwayError, SettingsError

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_UNFINISHED: Final = 3
EXIT_INTERRUPTED: Final = 130

EXIT_CODES: Final = (
    "Exit codes: 0 all went well; 1 it failed, and standard error says why; 2 wrong usage or "
    "settings; 3 stopped before the end, run it again to go on; 130 interrupted."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is: a function, or a group of commands, in a module."""

    module: str
    attribute: str
    panel: str


_HERE, _SERVERS, _NETWORKS = "On one machine", "On many machines", "Networks"
_AGAIN, _HELD, _SHOP = "Doing it again", "Held backfills", "For the shop"

COMMANDS: Final = {
    "run": Place("colourway.commands.run", "run", _HERE),
    "demo": Place("colourway.commands.run", "demo", _HERE),
    "status": Place("producer.commands.enqueue", "status", _HERE),
    "enqueue": Place("producer.commands.enqueue", "enqueue", _SERVERS),
    "work": Place("worker.commands.work", "work", _SERVERS),
    "nightly": Place("producer.commands.nightly", "nightly", _SERVERS),
    "schedule": Place("producer.commands.schedule", "schedule", _SERVERS),
    "dispatch": Place("producer.commands.dispatch", "dispatch", _SERVERS),
    "listen": Place("producer.commands.listen", "listen", _SERVERS),
    "serve": Place("producer.commands.serve", "serve", _SERVERS),
    "capacity": Place("producer.commands.capacity", "capacity", _SERVERS),
    "db": Place("colourway.commands.run", "db_app", _SERVERS),
    "export": Place("producer.commands.shop.export", "export", _SHOP),
    "audit": Place("colourway.commands.audit", "audit", _SHOP),
    "validate-feed": Place("producer.commands.shop.validate_feed", "validate_feed", _SHOP),
    "backfill": Place("producer.commands.reprocess.backfill", "backfill", _AGAIN),
    "diff": Place("colourway.commands.diff", "diff", _HELD),
    "promote": Place("producer.commands.reprocess.promote", "promote", _HELD),
    "rollback": Place("producer.commands.reprocess.promote", "rollback", _HELD),
    "retry": Place("producer.commands.reprocess.retry", "retry", _AGAIN),
    "quarantine": Place("producer.commands.reprocess.quarantine", "quarantine_app", _AGAIN),
    "rename": Place("producer.commands.reprocess.rename", "rename", _AGAIN),
    "failures": Place("producer.commands.reprocess.failures", "failures", _AGAIN),
    "forget-people": Place("producer.commands.reprocess.forget_people", "forget_people", _AGAIN),
    "evaluate": Place("worker.commands.evaluate", "evaluate", _NETWORKS),
    "weights": Place("worker.commands.weights", "weights_app", _NETWORKS),
    "dataset": Place("worker.commands.dataset", "dataset_app", _NETWORKS),
    "train": Place("worker.commands.train", "train_app", _NETWORKS),
}
"""Every command in the order of the help page."""


class FrontDoor(TyperGroup):
    """A group of commands that are imported when they are called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command; None where there is none of that name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        found = getattr(import_module(place.module), place.attribute)
        app = typer.Typer(add_completion=False)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=cmd_name, rich_help_panel=place.panel)
            return get_command(app).get_command(ctx, cmd_name)  # type: ignore[attr-defined]
        app.command(cmd_name, rich_help_panel=place.panel)(found)
        return get_command(app)


app = typer.Typer(cls=FrontDoor, no_args_is_help=True, epilog=EXIT_CODES)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"colourway {version('colourway')}")
        raise typer.Exit


@app.callback()
def colourway(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it and go."),
    ] = False,
) -> None:
    """Garment crops and colours for every product of a catalogue, from its picture URLs.

    Begin with `colourway demo`, then `colourway run FEED`. Settings come from environment
    variables such as DATABASE_URL and COLOURWAY_HOME; docs/settings.md lists them.
    """


def main() -> None:
    """Run the command line; errors that were foreseen become one line and an exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's chatter is not for users
    try:
        app()
    except Exception as error:
        told = explain(error)
        if told is None:
            raise
        message, exit_code = told
        typer.echo(f"colourway: {message}", err=True)
        sys.exit(exit_code)


def explain(error: Exception) -> tuple[str, int] | None:
    """What a user should read, and the exit code; None for an error nobody foresaw."""
    if isinstance(error, ColourwayError):
        return str(error), EXIT_USAGE if isinstance(error, SettingsError) else EXIT_FAILED
    if isinstance(error, ModuleNotFoundError) and error.name in _EXTRAS:
        extra = _EXTRAS[error.name]
        return f"this needs {error.name}: pip install 'colourway[{extra}]'", EXIT_FAILED
    # By name: neither SQLAlchemy nor kombu need be installed or imported to tell their errors.
    library = type(error).__module__.partition(".")[0]
    if type(error).__name__ == "OperationalError" and library in ("sqlalchemy", "kombu"):
        what, setting = _SERVERS_BEHIND[library]
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return f"{what} cannot be reached or refuses: {reason}; check {setting}", EXIT_FAILED
    return None


_EXTRAS: Final = {
    **dict.fromkeys(("tensorflow", "keras", "cv2", "numpy", "PIL", "httpx2", "jinja2"), "worker"),
    **{"boto3": "s3", "pyarrow": "parquet", "psycopg": "postgres", "matplotlib": "train"},
    **dict.fromkeys(("fastapi", "uvicorn"), "web"),
}
"""Which extra brings a package that a command needs."""

_SERVERS_BEHIND: Final = {
    "sqlalchemy": ("the database", "DATABASE_URL"),
    "kombu": ("the broker", "CELERY_BROKER_URL"),
}
"""Which server a library's error speaks of, and the setting that names it."""
