"""The commands ``promote`` and ``rollback``: drafts of a held batch into the catalogue and out."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producer.commands.reprocess.retry import DryRunFlag, JsonFlag
from shared.contracts.jobs import LARGEST_ID

if TYPE_CHECKING:
    from producer.staged.promotion import Moved
    from shared.settings import Settings

StagedBatchArgument = Annotated[
    int,
    typer.Argument(
        metavar="BATCH", min=1, max=LARGEST_ID, help="The number that `backfill --hold` told."
    ),
]

MaxChangedOption = Annotated[
    str | None,
    typer.Option(
        metavar="PERCENT",
        help="Refuse where more of the products would leave their family, such as 5%; else "
        "COLOURWAY_MAX_CHANGED_PERCENT.",
    ),
]
ForceFlag = Annotated[
    bool, typer.Option("--force", help="Do it however many would leave their family.")
]


def promote(
    batch: StagedBatchArgument,
    *,
    max_changed: MaxChangedOption = None,
    force: ForceFlag = False,
    partly: Annotated[
        bool, typer.Option("--partly", help="Promote what is there although jobs are left.")
    ] = False,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write what a held backfill found into the catalogue, and answer its products anew.

    What stood there before is kept for `colourway rollback`. Pictures that have a newer job or
    result since are left alone, and so are those for which the backfill found nothing.

    If it is cut short, run it again. With --partly, run it again when the rest is done.
    """
    # Here, so that showing help stays quick.
    from producer.staged.batch import staged_batch  # noqa: PLC0415
    from producer.staged.diff import diff  # noqa: PLC0415
    from producer.staged.promotion import promote as run  # noqa: PLC0415
    from producer.staged.promotion import require_promotable  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    most = max_changed_percent(max_changed, settings)
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        held = staged_batch(engine, batch)
        with progress("Comparing", quiet=as_json) as show:
            found = diff(engine, settings, held, on_progress=show)
        require_promotable(found, most, force=force, partly=partly)
        moved = None
        if not dry_run:
            with progress("Promoting", quiet=as_json, total=found.products.total()) as show:
                moved = run(engine, held, lambda moved: show(moved.seen))
    finally:
        engine.dispose()
    pictures = found.pictures - found.promoted if moved is None else moved.pictures
    if as_json:
        told: dict[str, Any] = {
            "batch": batch,
            "dry_run": dry_run,
            "pictures": pictures,
            "overtaken": found.overtaken if moved is None else moved.overtaken,
            "left": found.jobs.left,
            "changed_percent": round(found.changed_percent, 3),
        }
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(f"pictures {'that would be ' if dry_run else ''}promoted: {pictures:,}")
    if found.overtaken:
        typer.echo(f"left alone, for they have a newer job or result: {found.overtaken:,}")
    if found.jobs.left:
        typer.echo(f"jobs left: {found.jobs.left:,}; run it again when they are done")
    if not dry_run:
        typer.echo(f"what was there before comes back with `colourway rollback {batch}`")


def rollback(batch: StagedBatchArgument, *, as_json: JsonFlag = False) -> None:
    """Bring back what products had before a held backfill was promoted.

    A picture that has got another result since keeps that one. The drafts stay, so the batch can
    be promoted again. If it is cut short, run it again.
    """
    # Here, so that showing help stays quick.
    from producer.staged.batch import staged_batch  # noqa: PLC0415
    from producer.staged.promotion import rollback as run  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    engine = open_engine(get_settings().database_url)
    try:
        require_current_schema(engine)
        held = staged_batch(engine, batch)
        with progress("Rolling back", quiet=as_json) as show:
            moved = run(engine, held, lambda moved: show(moved.seen))
    finally:
        engine.dispose()
    if as_json:
        typer.echo(json.dumps({"batch": batch, **_counts(moved)}, indent=2))
        return
    typer.echo(f"pictures brought back: {moved.pictures:,}, of {moved.products:,} products")
    if moved.overtaken:
        typer.echo(f"left alone, for they have got another result since: {moved.overtaken:,}")


def _counts(moved: "Moved") -> dict[str, int]:
    counts = asdict(moved)
    del counts["seen"]
    return counts


def max_changed_percent(text: str | None, settings: "Settings") -> float:
    """Read ``5%`` or ``5``; without it, the setting counts.

    Raises :class:`~shared.errors.SettingsError` for anything else.
    """
    from shared.errors import SettingsError  # noqa: PLC0415

    if text is None:
        return settings.max_changed_percent
    try:
        percent = float(text.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise SettingsError(f"--max-changed {text!r}: write a percentage from 0 to 100, such as 5%")
    return percent


@contextmanager
def progress(what: str, quiet: bool, total: int | None = None) -> Generator[Callable[[int], None]]:
    """Show how many products were gone through, where standard error is a terminal."""
    from rich.console import Console  # noqa: PLC0415

    of_all = "" if total is None else f" of {total:,}"
    with Console(stderr=True, quiet=quiet).status(what) as line:

        def show(products: int) -> None:
            line.update(f"{what}: {products:,}{of_all} products")

        yield show
