"""The command ``backfill``: pictures done again, chosen by what made their results."""

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from producer.commands.reprocess.retry import CatalogueOption, DryRunFlag, JsonFlag, LimitOption

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from producer.reprocess.backfill import Backfilled
    from producer.status.throughput import Pace

LONGEST_SOURCE: Final = 500
"""The most characters of a selection that are noted with its batch."""


def backfill(
    *,
    missing: Annotated[
        bool, typer.Option("--missing", help="Pictures without a result: none yet, or failed.")
    ] = False,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Pictures whose result meets it, such as 'pipeline-version<2'; repeat it for more,"
            " all of which must be met.",
        ),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only products of this category; repeat it for more."),
    ] = None,
    catalogue: CatalogueOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every picture that the other options leave.")
    ] = False,
    hold: Annotated[
        bool,
        typer.Option(
            "--hold",
            help="Leave products as they are: `colourway diff` shows what would change, "
            "`colourway promote` has it so.",
        ),
    ] = False,
    limit: LimitOption = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Have pictures done again: those without a result, or whose result is of an older make.

    --missing and --where add up; --category and --catalogue narrow. A condition is NAME OPERATOR
    VALUE with =, !=, <, >, <= or >=, of pipeline-version, palette-version, naming-version, weights
    (any network's, by the beginning of the sha256), weights.mask_rcnn, weights.pix2pix,
    enriched-at, outcome and code; quote it, for the shell knows < and > too.

    A picture that still waits for its turn gets no second job. If it is cut short, run it again.
    """
    # Here, so that showing help stays quick.
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415
    from producer.commands.announce import announce_dispatched, dispatch_now, dispatched_as_json  # noqa: PLC0415
    from producer.reprocess.backfill import Selection  # noqa: PLC0415
    from producer.reprocess.backfill import backfill as run  # noqa: PLC0415
    from producer.reprocess.conditions import Condition  # noqa: PLC0415
    from producer.status.throughput import recent_pace  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.errors import SettingsError  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    if not (missing or where or everything):
        raise SettingsError(
            "say which pictures: --missing, --where CONDITION, or --all of those that --category "
            "and --catalogue leave"
        )
    if everything and (missing or where):
        raise SettingsError("--all leaves nothing to choose; drop it, or --missing and --where")
    conditions = tuple(Condition.parse(text) for text in where or ())
    settings = get_settings()
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        selection = Selection(
            missing, conditions, tuple(category or ()), catalogue_id(engine, catalogue)
        )
        with _progress(quiet=as_json) as show:
            done = run(
                engine,
                selection,
                settings.max_attempts,
                source=_source(missing, where or [], category or [], hold),
                hold=hold,
                limit=limit,
                dry_run=dry_run,
                on_progress=show,
            )
        pace = recent_pace(engine)
        dispatched = None if dry_run or not done.jobs else dispatch_now(engine, settings)
    finally:
        engine.dispose()
    if as_json:
        typer.echo(
            json.dumps(_as_json(done, pace, dry_run) | dispatched_as_json(dispatched), indent=2)
        )
        return
    _print(done, pace, dry_run)
    if done.jobs and not dry_run:
        announce_dispatched(dispatched)
        if hold:
            typer.echo(f"held: `colourway diff {done.batch_id}` says what would change")


def _source(missing: bool, where: list[str], category: list[str], hold: bool) -> str:
    """Return the selection as it may stand on a command line, for the batch."""
    words = ["--missing"] if missing else []
    words += [f"--where {text}" for text in where]
    words += [f"--category {name}" for name in category]
    return " ".join([*(["--hold"] if hold else []), *(words or ["--all"])])[:LONGEST_SOURCE]


@contextmanager
def _progress(quiet: bool) -> "Generator[Callable[[Backfilled], None]]":
    """Show how many pictures were chosen so far, where standard error is a terminal."""
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True, quiet=quiet).status("Looking through the pictures") as line:

        def show(done: "Backfilled") -> None:
            line.update(f"Looking through the pictures: {done.jobs:,} chosen")

        yield show


def _as_json(done: "Backfilled", pace: "Pace | None", dry_run: bool) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415

    return {
        "dry_run": dry_run,
        **asdict(done),
        "estimated_s": round(pace.seconds_for(done.jobs), 1) if pace else None,
        "pace": {
            "pictures_per_s": round(pace.per_s, 3),
            "measured_on": pace.pictures,
            "until": pace.until.isoformat(),
        }
        if pace
        else None,
    }


def _print(done: "Backfilled", pace: "Pace | None", dry_run: bool) -> None:
    from producer.status.durations import spell  # noqa: PLC0415

    would = "would be " if dry_run else ""
    batch = f", batch {done.batch_id}" if done.batch_id is not None else ""
    typer.echo(
        f"jobs {would}added: {done.jobs:,} ({done.missing:,} without a result, "
        f"{done.jobs - done.missing:,} to be replaced{batch})"
    )
    if done.open:
        typer.echo(f"pictures that wait for their turn anyway: {done.open:,}")
    if not done.jobs:
        return
    if pace is None:
        typer.echo("time: nothing to estimate it from, too few pictures have been done yet")
    else:
        typer.echo(
            f"time: about {spell(pace.seconds_for(done.jobs))} at {pace.per_s:,.2f} pictures a "
            f"second, the pace of the last {pace.pictures:,} (until {pace.until:%Y-%m-%d %H:%M} "
            "UTC)"
        )
