"""The command ``broker``: the users of Redis or Valkey, one for each part."""

from pathlib import Path
from typing import Annotated

import typer

from shared.errors import SettingsError
from shared.settings import get_settings

broker_app = typer.Typer(no_args_is_help=True, help="Users of the broker, with the fewest rights.")


@broker_app.callback()
def broker() -> None:
    """Keep ``users`` a command of its own, beside others that may come."""


@broker_app.command("users")
def broker_users(
    *,
    passwords: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Read passwords from files named producer, worker, hook and web; only their "
            "hashes are printed.",
        ),
    ] = None,
) -> None:
    """Print an ACL file of Redis or Valkey for the queues of COLOURWAY_QUEUE_PREFIX.

    Nothing is connected to. Give the file to the server with --aclfile. Channels are those of the
    database's number in CELERY_BROKER_URL. Where several installations share a server, print the
    file of each, and keep the lines of `default` and `health` once.
    """
    from shared.queue.broker_users import USERS, acl_lines  # noqa: PLC0415 - it imports Celery

    settings = get_settings()
    if not settings.broker_url.startswith(("redis://", "rediss://")):
        raise SettingsError("CELERY_BROKER_URL: only Redis and Valkey have users of this kind")
    words = {} if passwords is None else {user: _read(passwords / user) for user in USERS}
    for line in acl_lines(settings, words):
        typer.echo(line)


def _read(file: Path) -> str:
    try:
        word = file.read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"cannot read a password from {file}") from error
    if not word:
        raise SettingsError(f"{file} is empty: it should hold a password")
    return word
