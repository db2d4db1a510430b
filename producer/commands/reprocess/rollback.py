"""The command ``rollback``: the results from before a promotion brought back."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from producer.commands.options import StagedBatchArgument
from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.cli.progress import product_count

if TYPE_CHECKING:
    from producer.staged.promotion import Moved


def rollback(batch: StagedBatchArgument, *, as_json: JsonFlag = False) -> None:
    """Restore the results that products had before a staged backfill was promoted.

    A picture that has a newer result since keeps it. The staged results stay, so the batch can be
    promoted again. If it is interrupted, run it again.
    """
    # Here, so that showing help stays quick.
    from producer.staged import promotion  # noqa: PLC0415
    from producer.staged.batch import staged_batch  # noqa: PLC0415
    from shared.database.roles import DatabaseRole  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    with ledger_session(get_settings(), DatabaseRole.PRODUCER) as engine:
        staged = staged_batch(engine, batch)
        with product_count("Rolling back", quiet=as_json) as show:
            moved = promotion.rollback(engine, staged, lambda moved: show(moved.seen))
    if as_json:
        print_json({"batch": batch, **_counts(moved)})
        return
    typer.echo(f"pictures restored: {moved.pictures:,}, of {moved.products:,} products")
    if moved.overtaken:
        typer.echo(f"skipped, since they have a newer result: {moved.overtaken:,}")


def _counts(moved: "Moved") -> dict[str, int]:
    counts = asdict(moved)
    del counts["seen"]
    return counts
