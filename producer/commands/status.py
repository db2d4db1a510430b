"""The command ``status``: what is done, what failed and what is left."""

from typing import TYPE_CHECKING, Annotated

import typer

from producer.commands.options import BatchOption
from shared.cli.console import safe_console
from shared.cli.exit_codes import EXIT_INTERRUPTED
from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag

if TYPE_CHECKING:
    from collections.abc import Callable

    from producer.status.counts import Status


def status(
    batch: BatchOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Refresh until no job is left.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, help="With --watch: seconds between refreshes.")
    ] = 5.0,
    as_json: JsonFlag = False,
) -> None:
    """Show what is done, what failed and why, and what is left, batch by batch.

    --watch shows the batches with jobs left, their pace and when they will be done: redrawn on a
    terminal, elsewhere one line per batch, with --json one object per line. Ctrl-C ends it (exit
    code 130).
    """
    from producer.catalogue.lookups import require_batch  # noqa: PLC0415 - keeps help quick
    from producer.status.counts import print_table, read_status  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    with ledger_session(settings) as engine:
        require_batch(engine, batch)
        if watch:
            _watch(lambda: read_status(engine, settings, batch), every, as_json)
            return
        found = read_status(engine, settings, batch)
    if as_json:
        print_json(found.as_json())
    else:
        print_table(found, embedded=settings.embedded)


def _watch(look: "Callable[[], Status]", every_s: float, as_json: bool) -> None:

    from producer.status import watch  # noqa: PLC0415

    try:
        if as_json:
            watch.print_json(watch.Watch(look, every_s), typer.echo)
        else:
            watch.show(watch.Watch(look, every_s), safe_console())
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from None
