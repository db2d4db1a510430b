"""The command line: knows every command by name and imports only the one that is called.

A producer's machine may lack TensorFlow and OpenCV, and a worker's start-up takes seconds. So the
table below names each command's function, and nothing else is imported to find it.
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

from colourway.renamed_options import CommandWithRenamedOptions
from shared.cli.exit_codes import EXIT_CODES, EXIT_FAILED, EXIT_USAGE
from shared.errors import ColourwayError, SettingsError
from shared.printable import printable_lines
from shared.redaction import redact


@dataclass(frozen=True, slots=True)
class CommandLocation:
    """Where a command is: a function, or a group of commands, in a module."""

    module: str
    attribute: str
    panel: str


_HERE, _SERVERS, _SHOP = "One machine", "Many machines", "Results for the shop"
_PAGE, _AGAIN, _STAGED, _NETWORKS = (
    "The page",
    "Process pictures again",
    "Staged backfills",
    "Networks",
)

COMMANDS: Final = {
    "run": CommandLocation("colourway.commands.run", "run", _HERE),
    "feed-check": CommandLocation("producer.commands.feed_check", "feed_check", _HERE),
    "lexicon": CommandLocation("producer.commands.lexicon", "lexicon", _HERE),
    "picture": CommandLocation("colourway.commands.picture", "picture", _HERE),
    "demo": CommandLocation("colourway.commands.demo", "demo", _HERE),
    "web": CommandLocation("colourway.commands.web", "web", _PAGE),
    "web-user": CommandLocation("web.commands.users", "users_app", _PAGE),
    "web-key": CommandLocation("web.commands.keys", "keys_app", _PAGE),
    "enqueue": CommandLocation("producer.commands.enqueue", "enqueue", _SERVERS),
    "work": CommandLocation("worker.commands.work", "work", _SERVERS),
    "status": CommandLocation("producer.commands.status", "status", _SERVERS),
    "nightly": CommandLocation("producer.commands.nightly", "nightly", _SERVERS),
    "schedule": CommandLocation("producer.commands.schedule", "schedule", _SERVERS),
    "dispatch": CommandLocation("producer.commands.dispatch", "dispatch", _SERVERS),
    "listen": CommandLocation("producer.commands.listen", "listen", _SERVERS),
    "serve": CommandLocation("producer.commands.serve", "serve", _SERVERS),
    "prune": CommandLocation("producer.commands.prune", "prune", _SERVERS),
    "capacity": CommandLocation("producer.commands.capacity", "capacity", _SERVERS),
    "db": CommandLocation("colourway.commands.db", "db_app", _SERVERS),
    "broker": CommandLocation("colourway.commands.broker", "broker_app", _SERVERS),
    "doctor": CommandLocation("colourway.commands.doctor", "doctor", _SERVERS),
    "export": CommandLocation("producer.commands.shop.export", "export", _SHOP),
    "audit": CommandLocation("colourway.commands.audit", "audit", _SHOP),
    "score": CommandLocation("colourway.commands.score", "score", _SHOP),
    "review": CommandLocation("producer.commands.review.queues", "review_app", _SHOP),
    "decisions": CommandLocation("producer.commands.review.decisions", "decisions_app", _SHOP),
    "validate-feed": CommandLocation(
        "producer.commands.shop.validate_feed", "validate_feed", _SHOP
    ),
    "retry": CommandLocation("producer.commands.reprocess.retry", "retry", _AGAIN),
    "quarantine": CommandLocation(
        "producer.commands.reprocess.quarantine", "quarantine_app", _AGAIN
    ),
    "failures": CommandLocation("producer.commands.reprocess.failures", "failures", _AGAIN),
    "backfill": CommandLocation("producer.commands.reprocess.backfill", "backfill", _AGAIN),
    "rename": CommandLocation("producer.commands.reprocess.rename", "rename", _AGAIN),
    "forget-people": CommandLocation(
        "producer.commands.reprocess.forget_people", "forget_people", _AGAIN
    ),
    "diff": CommandLocation("colourway.commands.diff", "diff", _STAGED),
    "promote": CommandLocation("producer.commands.reprocess.promote", "promote", _STAGED),
    "rollback": CommandLocation("producer.commands.reprocess.rollback", "rollback", _STAGED),
    "evaluate": CommandLocation("worker.commands.evaluate", "evaluate", _NETWORKS),
    "weights": CommandLocation("worker.commands.weights", "weights_app", _NETWORKS),
    "dataset": CommandLocation("worker.commands.dataset", "dataset_app", _NETWORKS),
    "train": CommandLocation("worker.commands.train", "train_app", _NETWORKS),
}
"""Every command in the order of the help page."""


class LazyCommands(TyperGroup):
    """A group of commands that are imported when they are called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command; None where there is none of that name."""
        location = COMMANDS.get(cmd_name)
        if location is None:
            return None
        found = getattr(import_module(location.module), location.attribute)
        app = typer.Typer(add_completion=False)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=cmd_name, rich_help_panel=location.panel)
            return get_command(app).get_command(ctx, cmd_name)  # type: ignore[attr-defined]
        app.command(cmd_name, cls=CommandWithRenamedOptions, rich_help_panel=location.panel)(found)
        return get_command(app)


app = typer.Typer(cls=LazyCommands, no_args_is_help=True, epilog=EXIT_CODES)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"colourway {version('colourway')}")
        raise typer.Exit


@app.callback()
def colourway(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Garment crops and colours for every product of a catalogue, from its picture URLs.

    Start with `colourway demo`, then `colourway run FEED`. Settings are environment variables such
    as DATABASE_URL and COLOURWAY_HOME; docs/settings.md lists them.
    """


def main() -> None:
    """Run the command line; expected errors become one line and an exit code."""
    os.environ.setdefault(
        "TF_CPP_MIN_LOG_LEVEL", "2"
    )  # TensorFlow's own log lines are not for users
    try:
        app()
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        message, exit_code = explained
        # Lines stay; what else steers a terminal came with somebody's file or server.
        typer.echo(printable_lines(f"colourway: {redact(message)}"), err=True)
        sys.exit(exit_code)


def explain(error: Exception) -> tuple[str, int] | None:
    """Return what a user should read, and the exit code; None for an unexpected error."""
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
    if (
        library == "sqlalchemy"
        and getattr(getattr(error, "orig", None), "sqlstate", None) == _DENIED
    ):
        reason = str(getattr(error, "orig", None)).strip().splitlines()[0]
        return f"the database refuses: {reason}; log in as the role for this command", EXIT_FAILED
    return None


_DENIED: Final = "42501"
"""What PostgreSQL calls a right that is lacking."""

_EXTRAS: Final = {
    **dict.fromkeys(("tensorflow", "keras", "cv2", "numpy", "PIL", "httpx2", "jinja2"), "worker"),
    **{"boto3": "s3", "pyarrow": "parquet", "psycopg": "postgres"},
    **dict.fromkeys(("matplotlib", "nncf"), "train"),
    "openpyxl": "xlsx",
    **dict.fromkeys(("argon2", "fastapi", "uvicorn"), "web"),
}
"""Which extra brings a package that a command needs."""

_SERVERS_BEHIND: Final = {
    "sqlalchemy": ("the database", "DATABASE_URL"),
    "kombu": ("the broker", "CELERY_BROKER_URL"),
}
"""Which server a library's error is about, and the setting that names it."""
