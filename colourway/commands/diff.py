"""The command ``diff``: what promoting a held backfill would change.

In the front door, since a page with pictures needs the worker's side too; the rest does not.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from producer.commands.reprocess.promote import StagedBatchArgument, progress
from producer.commands.reprocess.retry import JsonFlag, LimitOption

if TYPE_CHECKING:
    from producer.staged.diff import Diff
    from shared.settings import Settings


def diff(
    batch: StagedBatchArgument,
    *,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only products of this category; repeat it for more."),
    ] = None,
    limit: LimitOption = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page with swatches and crops, by itself whole."),
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100,
            help="Products shown of each kind of change: on the page 8, in JSON none, unless said.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what promoting a held backfill would change, or has changed. Nothing is written.

    Each product is answered from its pictures as they are without the batch, and as they are with
    it. While jobs are left it tells of what is there. The examples are drawn by chance, the same
    ones every time.
    """
    # Here, so that showing help stays quick.
    from producer.staged.batch import staged_batch  # noqa: PLC0415
    from producer.staged.diff import Wanted  # noqa: PLC0415
    from producer.staged.diff import diff as run  # noqa: PLC0415
    from producer.staged.report import as_json as told  # noqa: PLC0415
    from producer.staged.report import print_diff  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    engine = open_engine(settings.database_url)
    shown = (8 if html else 0) if examples is None else examples
    try:
        require_current_schema(engine)
        held = staged_batch(engine, batch)
        with progress("Comparing", quiet=as_json) as show:
            found = run(engine, settings, held, Wanted(tuple(category or ()), limit, shown), show)
    finally:
        engine.dispose()
    if html is not None:
        _write(html, found, settings)
    if as_json:
        typer.echo(json.dumps({**told(found), "html": str(html) if html else None}, indent=2))
        return
    from colourway.commands.run import output  # noqa: PLC0415

    console = output()
    print_diff(found, console)
    if html is not None:
        console.print(f"page: {html.absolute().as_uri()}", highlight=False, soft_wrap=True)
    else:
        console.print(f"\nto look at: `colourway diff {batch} --html diff.html`", highlight=False)


def _write(path: Path, found: "Diff", settings: "Settings") -> None:
    from colourway.pages.diff import write_diff  # noqa: PLC0415 - needs Jinja and the worker's side
    from shared.errors import ColourwayError  # noqa: PLC0415
    from shared.storage.storage import open_storage  # noqa: PLC0415
    from worker.runtime.composition import build_naming  # noqa: PLC0415

    try:
        write_diff(path, found, open_storage(settings), build_naming(settings))
    except OSError as error:
        raise ColourwayError(f"--html {path}: {error.strerror or error}") from error
