"""The commands ``web-key``: keys with which programs use the HTTP API."""

from typing import Annotated

import typer

from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.contracts.jobs import LONGEST_NAME
from shared.contracts.web_roles import WebRole

keys_app = typer.Typer(no_args_is_help=True, help="Add, list or remove keys of the HTTP API.")

KeyName = Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")]


@keys_app.callback()
def web_key() -> None:
    """Add, list or remove keys of the HTTP API of `colourway web`."""


@keys_app.command("add")
def add_key(
    name: KeyName,
    *,
    role: Annotated[
        WebRole, typer.Option(help="look: read; review: decide, too; operate: everything.")
    ] = WebRole.LOOK,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="For how long.", show_default="for ever")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a key and print it, once: only its hash is stored.

    Programs show it as `Authorization: Bearer KEY`.
    """
    from shared.errors import SettingsError  # noqa: PLC0415 - so that showing help stays quick
    from web.commands.opened import opened  # noqa: PLC0415
    from web.identity.accounts import add_key as make  # noqa: PLC0415

    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise SettingsError(f"{name!r} is no name: write 1 to {LONGEST_NAME} characters")
    with opened() as session:
        key = make(session, name, role, days)
    if as_json:
        print_json({"name": name, "role": role.value, "key": key})
    else:
        typer.echo(f"keep it, it is shown only now; its role is {role.value}", err=True)
        typer.echo(key)


@keys_app.command("list")
def list_keys(*, as_json: JsonFlag = False) -> None:
    """Show the keys' names, roles and when they end; never the keys."""
    from web.commands.opened import opened  # noqa: PLC0415 - so that showing help stays quick
    from web.identity.accounts import all_keys  # noqa: PLC0415

    with opened() as session:
        keys = all_keys(session)
    if as_json:
        print_json(
            {
                "keys": [
                    {
                        "name": key.name,
                        "role": key.role.value,
                        "since": key.created_at.isoformat(),
                        "until": key.expires_at.isoformat() if key.expires_at else None,
                    }
                    for key in keys
                ]
            }
        )
        return
    for key in keys:
        until = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "for ever"
        typer.echo(f"{key.role.value:8} {key.name}  ({until})")
    if not keys:
        typer.echo("there is no key; `colourway web-key add NAME` makes one")


@keys_app.command("remove")
def remove_key(name: KeyName) -> None:
    """Remove a key, which is refused from now on."""
    from shared.errors import SettingsError  # noqa: PLC0415 - so that showing help stays quick
    from web.commands.opened import opened  # noqa: PLC0415
    from web.identity.accounts import remove_key as remove  # noqa: PLC0415

    with opened() as session:
        if not remove(session, name):
            raise SettingsError(f"there is no key {name!r}; `colourway web-key list` shows all")
    typer.echo(f"the key {name} is refused from now on")
