"""The command ``rename``: stored colours renamed after the table of names has changed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from producer.commands.options import CatalogueOption, LimitOption
from producer.commands.reprocess.max_changed import (
    ForceFlag,
    MaxChangedOption,
    max_changed_percent,
)
from shared.cli.json_output import print_json
from shared.cli.options import DryRunFlag, JsonFlag
from shared.cli.progress import product_count

if TYPE_CHECKING:
    from producer.rename.outcome import Renamed


def rename(
    *,
    catalogue: CatalogueOption = None,
    limit: LimitOption = None,
    examples: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100,
            help="Example products per kind of change.",
            show_default="2; with --json 0",
        ),
    ] = None,
    max_changed: MaxChangedOption = None,
    force: ForceFlag = False,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=64,
            help="Processes on PostgreSQL.",
            show_default="one per core, at most 8",
        ),
    ] = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Rename all stored colours by the current table of colour names (COLOURWAY_NAMING).

    No picture is processed again: names follow from the colours in the ledger. First every product
    is compared; if too many would change their colour family, nothing is written. --dry-run stops
    after the comparison. Give the workers the new table first, or they go on using the old names.

    If it is interrupted, run it again: it continues.
    """
    # Here, so that showing help stays quick.
    from dataclasses import replace  # noqa: PLC0415

    from producer.rename.pool import RenamePool  # noqa: PLC0415
    from producer.rename.run import Rename, RenameSelection  # noqa: PLC0415
    from shared.colour.naming import Naming  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    most = max_changed_percent(max_changed, settings)
    shown = (0 if as_json else 2) if examples is None else examples
    naming = Naming.load(settings.naming)
    with (
        producer_session(settings, dry_run=dry_run) as engine,
        RenamePool(settings.database_url, processes) as pool,
    ):
        selection = RenameSelection(catalogue, limit, shown)
        work = Rename(engine, naming, selection, pool, pieces=settings.pieces)
        with product_count("Comparing", quiet=as_json) as show:
            found = replace(work, on_progress=show).foresee()
        if not as_json:
            _print(found)
        if not dry_run:
            _require_few(found, most, force=force)
            if found.products.total():
                with product_count("Renaming", quiet=as_json, total=found.seen) as show:
                    replace(work, on_progress=show).write()
    if as_json:
        print_json(_as_json(found, dry_run=dry_run))
        return
    if dry_run:
        typer.echo("nothing was written")
    else:
        typer.echo(f"products with the names of this table: {found.seen:,}")


def _require_few(found: "Renamed", most: float, *, force: bool) -> None:
    from producer.staged.changes import TooManyChanges  # noqa: PLC0415

    if force:
        return
    try:
        found.require_few(most)
    except TooManyChanges as error:
        raise TooManyChanges(
            f"this table {error}; see them with --dry-run, then give --max-changed PERCENT or "
            "--force"
        ) from None


def _print(found: "Renamed") -> None:
    """Print what the current table of names changes, for people."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from producer.staged.changes import Change  # noqa: PLC0415
    from producer.staged.report import WORDS, print_changes  # noqa: PLC0415
    from shared.cli.console import output_console  # noqa: PLC0415

    words = WORDS | {
        Change.UNCHANGED: "the same name",
        Change.SHADE: "another name in the same family",
    }
    console = output_console()
    console.print(Text(f"names of table {found.version}"), soft_wrap=True)
    if found.fresh:
        console.print(f"products that have these names already: {found.fresh:,}")
    print_changes(found, console, words)
    if not found.examples:
        return
    table = Table("for example", "colour", "is", "becomes", "", box=None, pad_edge=False)
    for pair, examples in sorted(found.examples.items(), key=lambda each: -found.pairs[each[0]]):
        for example in examples:
            is_now = example.before.colour if example.before else None
            becomes = example.after.colour if example.after else None
            shade = becomes or is_now
            table.add_row(
                Text(example.sku),
                Text(f"██ {shade.hex}", shade.hex) if shade else "",
                Text(f"{is_now.name} ({pair.before})" if is_now else ""),
                Text(f"{becomes.name} ({pair.after})" if becomes else ""),
                words[pair.change],
            )
    console.print()
    console.print(table)


def _as_json(found: "Renamed", *, dry_run: bool) -> dict[str, Any]:
    from producer.staged.changes import Change  # noqa: PLC0415
    from producer.staged.report import changes_as_json, examples_as_json  # noqa: PLC0415

    kinds = (Change.UNCHANGED, Change.SHADE, Change.FAMILY, Change.ANSWERED, Change.LOST)
    return {
        "naming_version": found.version,
        "dry_run": dry_run,
        **changes_as_json(found, kinds),
        "fresh": found.fresh,
        "pictures": found.pictures,
        "staged_results": found.staged_results,
        "drafts": found.staged_results,  # its name until 0.2
        "examples": examples_as_json(found),
    }
