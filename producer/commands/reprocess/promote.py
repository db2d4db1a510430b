"""The command ``promote``: a staged batch's results into the catalogue."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from producer.commands.options import StagedBatchArgument
from producer.commands.reprocess.max_changed import (
    ForceFlag,
    MaxChangedOption,
    max_changed_percent,
)
from shared.cli.json_output import print_json
from shared.cli.options import DryRunFlag, JsonFlag
from shared.cli.progress import product_count

if TYPE_CHECKING:
    from producer.staged.diff import Diff
    from producer.staged.promotion import Moved


def promote(
    batch: StagedBatchArgument,
    *,
    max_changed: MaxChangedOption = None,
    force: ForceFlag = False,
    partly: Annotated[
        bool, typer.Option("--partly", help="Promote the results so far although jobs are left.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="SKU", help="These products alone.")
    ] = None,
    but: Annotated[
        list[str] | None,
        typer.Option("--except", metavar="SKU", help="All but these, which keep what they have."),
    ] = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write the results of a staged backfill into the catalogue.

    The earlier results are kept for `colourway rollback`. A picture is skipped if it has a newer
    job or result since, or if the backfill found nothing in it.

    If it is interrupted, run it again. After --partly, run it again when the other jobs are done.
    What --only or --except left out can be promoted later; rolling back undoes what was promoted.
    """
    # Here, so that showing help stays quick.
    from producer.staged import promotion  # noqa: PLC0415
    from producer.staged.batch import staged_batch  # noqa: PLC0415
    from producer.staged.chosen import chosen_products  # noqa: PLC0415
    from producer.staged.diff import DiffSelection, diff  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    most = max_changed_percent(max_changed, settings)
    with producer_session(settings, dry_run=dry_run) as engine:
        staged = staged_batch(engine, batch)
        chosen = chosen_products(engine, staged, only or (), but or ())
        with product_count("Comparing", quiet=as_json) as show:
            found = diff(engine, settings, staged, DiffSelection(chosen=chosen), show)
        promotion.require_promotable(found, most, force=force, partly=partly)
        moved = None
        if not dry_run:
            with product_count("Promoting", quiet=as_json, total=found.products.total()) as show:
                moved = promotion.promote(
                    engine, staged, lambda moved: show(moved.seen), chosen=chosen
                )
    if as_json:
        print_json(_as_json(batch, found, moved))
    else:
        _print(batch, found, moved)


def _pictures(found: "Diff", moved: "Moved | None") -> int:
    return found.due if moved is None else moved.pictures


def _as_json(batch: int, found: "Diff", moved: "Moved | None") -> dict[str, Any]:
    return {
        "batch": batch,
        "dry_run": moved is None,
        "pictures": _pictures(found, moved),
        "overtaken": found.overtaken if moved is None else moved.overtaken,
        "left": found.jobs.left,
        "left_out": found.left_out.products.total(),
        "changed_percent": round(found.changed_percent, 3),
    }


def _print(batch: int, found: "Diff", moved: "Moved | None") -> None:
    would = "that would be " if moved is None else ""
    typer.echo(f"pictures {would}promoted: {_pictures(found, moved):,}")
    if left_out := found.left_out.products.total():
        typer.echo(f"products left out, which keep what they have: {left_out:,}")
    if found.overtaken:
        typer.echo(f"skipped, since they have a newer job or result: {found.overtaken:,}")
    if found.jobs.left:
        typer.echo(f"jobs left: {found.jobs.left:,}; promote again when they are done")
    if moved is not None:
        typer.echo(f"`colourway rollback {batch}` restores the earlier results")
