"""The command ``diff``: what promoting a staged backfill would change."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from producer.commands.options import CategoryOption, LimitOption, StagedBatchArgument
from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.cli.progress import product_count

if TYPE_CHECKING:
    from producer.staged.diff import Diff
    from shared.settings import Settings


def diff(
    batch: StagedBatchArgument,
    *,
    category: CategoryOption = None,
    limit: LimitOption = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an HTML page with swatches and crops."),
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100,
            help="Example products per kind of change.",
            show_default="8 on the page, 0 in JSON",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what promoting a staged backfill would change, or has changed. Nothing is written.

    Compares the result of each product without the batch with the result it has with the batch.
    While jobs are left, it shows the results so far. The examples are a random sample, the same one
    every time.
    """
    # Here, so that showing help stays quick.
    from producer.staged import diff as staged  # noqa: PLC0415
    from producer.staged import report  # noqa: PLC0415
    from producer.staged.batch import staged_batch  # noqa: PLC0415
    from shared.cli.console import output_console  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    shown = (8 if html else 0) if examples is None else examples
    wanted = staged.DiffSelection(tuple(category or ()), limit, shown)
    with (
        ledger_session(settings) as engine,
        product_count("Comparing", quiet=as_json) as show,
    ):
        found = staged.diff(engine, settings, staged_batch(engine, batch), wanted, show)
    if html is not None:
        _write_page(html, found, settings)
    if as_json:
        print_json({**report.as_json(found), "html": str(html) if html else None})
        return
    console = output_console()
    report.print_diff(found, console)
    if html is not None:
        console.print(f"page: {html.absolute().as_uri()}", highlight=False, soft_wrap=True)
    else:
        console.print(
            f"\nwith pictures: `colourway diff {batch} --html diff.html`", highlight=False
        )


def _write_page(path: Path, found: "Diff", settings: "Settings") -> None:
    from colourway.pages.diff import write_diff  # noqa: PLC0415 - needs Jinja and NumPy
    from shared.colour.naming import Naming  # noqa: PLC0415
    from shared.storage.storage import open_storage  # noqa: PLC0415

    write_diff(path, found, open_storage(settings), Naming.load(settings.naming))
