"""The commands ``web-user``: who may sign in to the page."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.contracts.jobs import LONGEST_NAME
from shared.contracts.web_roles import WebRole

users_app = typer.Typer(no_args_is_help=True, help="Add, list or remove who may sign in.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What they sign in as.")]
RoleOption = Annotated[
    WebRole, typer.Option(help="look: see; review: decide, too; operate: everything.")
]


@users_app.callback()
def web_user() -> None:
    """Add, list or remove who may sign in to the page of `colourway web`."""


@users_app.command("add")
def add_user(
    name: NameArgument,
    *,
    role: RoleOption = WebRole.LOOK,
    password_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Read the password from a file; - is standard input."),
    ] = None,
    by_proxy: Annotated[
        bool, typer.Option("--by-proxy", help="No password: a reverse proxy signs them in.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add somebody, or give somebody who is there another role or password.

    The password is asked for twice, or read from a file: a command line is seen by others. Whoever
    gets another password is signed out everywhere.
    """
    from shared.errors import SettingsError  # noqa: PLC0415 - so that showing help stays quick
    from web.commands.opened import opened  # noqa: PLC0415
    from web.identity.accounts import put_user  # noqa: PLC0415

    if by_proxy and password_file is not None:
        raise SettingsError("--by-proxy needs no password: leave out --password-file")
    if not 0 < len(name.strip()) <= LONGEST_NAME or name != name.strip():
        raise SettingsError(f"{name!r} is no name: write 1 to {LONGEST_NAME} characters")
    password = None if by_proxy else _password(name, password_file)
    with opened() as session:
        is_new = put_user(session, name, role, password)
    if as_json:
        print_json({"name": name, "role": role.value, "new": is_new})
    else:
        done = "may sign in now" if is_new else "was changed"
        typer.echo(f"{name} {done}, with the role {role.value}")


@users_app.command("list")
def list_users(*, as_json: JsonFlag = False) -> None:
    """Show who may sign in, and as what."""
    from web.commands.opened import opened  # noqa: PLC0415 - so that showing help stays quick
    from web.identity.accounts import all_users  # noqa: PLC0415

    with opened() as session:
        users = all_users(session)
    if as_json:
        print_json(
            {
                "users": [
                    {
                        "name": user.name,
                        "role": user.role.value,
                        "password": user.password_hash is not None,
                        "since": user.created_at.isoformat(),
                    }
                    for user in users
                ]
            }
        )
        return
    for user in users:
        how = "" if user.password_hash else "  (by proxy)"
        typer.echo(f"{user.role.value:8} {user.name}{how}")
    if not users:
        typer.echo("nobody may sign in; `colourway web-user add NAME` lets somebody")


@users_app.command("remove")
def remove(name: NameArgument) -> None:
    """Remove somebody, who is signed out at once. What they did stays in the audit trail."""
    from shared.errors import SettingsError  # noqa: PLC0415 - so that showing help stays quick
    from web.commands.opened import opened  # noqa: PLC0415
    from web.identity.accounts import remove_user  # noqa: PLC0415

    with opened() as session:
        if not remove_user(session, name):
            raise SettingsError(f"there is no user {name!r}; `colourway web-user list` shows all")
    typer.echo(f"{name} may sign in no more")


def _password(name: str, file: Path | None) -> str:
    from shared.errors import SettingsError  # noqa: PLC0415

    if file is None:
        if not sys.stdin.isatty():
            raise SettingsError("there is no terminal to ask for a password: give --password-file")
        return typer.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True)
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"cannot read a password from {file}: {error}") from error
    # An editor ends the line; a password may well begin or end with a blank.
    return text.removesuffix("\n").removesuffix("\r")
