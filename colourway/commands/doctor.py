"""The command ``doctor``: what is wrong with an installation, and how to mend it."""

from typing import TYPE_CHECKING, Annotated

import typer

from shared.cli.console import say
from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.database.roles import DatabaseRole
from shared.settings import Settings, get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colourway.doctor.finding import HealthFinding


def doctor(
    part: Annotated[
        DatabaseRole | None,
        typer.Option(help="What this machine is for; without it, all that may be is tried."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Try all that this installation needs, and say how to mend what is wrong.

    The database (version, schema, role, clock), the broker, the store (a probe is written, read and
    deleted), the process that decodes pictures, the networks' weights, a GPU, memory and the
    installed versions. Nothing else is changed, and no secret is shown. Exit code 1 when something
    is wrong.
    """
    from colourway.doctor.finding import Health  # noqa: PLC0415 - keeps help quick

    found: list[HealthFinding] = []
    for each in _examine(get_settings(), part):
        found.append(each)
        if not as_json:
            say(f"{each.health.value:<8} {each.name:<9} {each.says}")
            if each.do is not None:
                say(f"{'':<18} → {each.do}")
    is_wrong = any(each.health is Health.WRONG for each in found)
    if as_json:
        print_json({"healthy": not is_wrong, "checks": [each.as_json() for each in found]})
    if is_wrong:
        raise typer.Exit(EXIT_FAILED)


def _examine(settings: Settings, part: DatabaseRole | None) -> "Iterator[HealthFinding]":
    from colourway.doctor.broker import examine_broker  # noqa: PLC0415
    from colourway.doctor.database import examine_database  # noqa: PLC0415
    from colourway.doctor.decoder import examine_decoder  # noqa: PLC0415
    from colourway.doctor.machine import examine_memory, examine_versions  # noqa: PLC0415
    from colourway.doctor.networks import examine_networks  # noqa: PLC0415
    from colourway.doctor.store import examine_store  # noqa: PLC0415

    yield from examine_versions()
    yield from examine_database(settings, part)
    if part not in (DatabaseRole.MIGRATE, DatabaseRole.READER):
        yield from examine_broker(settings)
    if part in (None, DatabaseRole.WORKER):
        yield from examine_store(settings)
        yield from examine_decoder(settings)
        yield from examine_networks(settings)
        yield from examine_memory(settings)
