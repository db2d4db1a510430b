"""The command ``nightly``: one nightly run, now."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producer.commands.feed_options import FeedOptions
from shared.cli.console import say
from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.first_rows import FirstRows
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import DryRunFlag, JsonFlag
from shared.cli.progress import status_line
from shared.settings import get_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from producer.dispatching.dispatch import Dispatched
    from producer.enqueue.enqueue import Enqueued
    from producer.feeds.record import Rejected
    from producer.nightly.run import Hooks, Night, NightDone
    from producer.status.throughput import Pace


@option_groups
def nightly(
    feeds: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FEED]...",
            help="Files, or s3://bucket/key.",
            show_default="COLOURWAY_NIGHTLY_FEED",
        ),
    ] = None,
    *,
    catalogue: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Their catalogue.", show_default="COLOURWAY_NIGHTLY_CATALOGUE"
        ),
    ] = None,
    recheck_after: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="HOURS",
            help="Recheck pictures whose last check is older than this; 0 rechecks none.",
            show_default="COLOURWAY_RECHECK_AFTER_H",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="At most N products of each feed, and at most N rechecks."),
    ] = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
    reading: FeedOptions,
) -> None:
    """Enqueue tonight's feeds, and recheck whether finished pictures have changed.

    Pictures that are new or have another URL are processed, as by `colourway enqueue --trigger
    nightly`. The catalogue's other pictures are rechecked: a worker asks their server, by ETag or
    Last-Modified where it has one, whether the picture is still the same, and processes it again
    only if it is not. `colourway schedule` does all this at the time set by COLOURWAY_NIGHTLY_CRON.

    If it is interrupted, run it again: nothing is done twice. Exit code 1 when a feed could not be
    read or used; the other feeds and the rechecks are done all the same.
    """
    from producer.commands.announce import dispatch_now  # noqa: PLC0415 - keeps help quick
    from producer.nightly.run import Night, run_night  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415

    settings = get_settings()
    night = Night(
        catalogue or settings.nightly_catalogue,
        tuple(reading.feed(source) for source in feeds or settings.nightly_feed),
        settings.recheck_after_h if recheck_after is None else recheck_after,
        limit,
        dry_run,
    )
    with producer_session(settings, dry_run=dry_run) as engine:
        if not night.feeds:
            _require_catalogue(engine, night.catalogue)
        with _progress(quiet=as_json) as hooks:
            done = run_night(engine, night, hooks)
        seconds = _estimate(engine, done)
        idle = dry_run or not done.jobs + done.rechecks
        dispatched = None if idle else dispatch_now(engine, settings)
    if as_json:
        print_json(_as_json(night, done, seconds, dispatched))
    else:
        _print(done, seconds, dry_run, dispatched)
    if done.failures:
        raise typer.Exit(EXIT_FAILED)


def _require_catalogue(engine: "Engine", name: str) -> None:
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415

    catalogue_id(engine, name)


@contextmanager
def _progress(quiet: bool) -> "Generator[Hooks]":
    """Show a run's progress where standard error is a terminal, and the first rejected rows."""
    from producer.nightly.run import Hooks  # noqa: PLC0415

    def show_row(row: "tuple[str, Rejected]") -> None:
        source, rejected = row
        if not quiet:
            say(f"{source}, line {rejected.line}: {rejected.reason}", err=True)

    first_rows: FirstRows[tuple[str, Rejected]] = FirstRows(show_row)
    with status_line("Reading the feeds", quiet=quiet) as update:

        def show_feed(source: str, done: "Enqueued") -> None:
            update(f"Reading {source}: {done.products:,} products, {done.jobs:,} jobs")

        def show_rechecks(jobs: int) -> None:
            update(f"Looking for pictures to recheck: {jobs:,} found")

        yield Hooks(
            on_feed=show_feed,
            on_recheck=show_rechecks,
            on_reject=lambda source, row: first_rows((source, row)),
        )


def _estimate(engine: "Engine", done: "NightDone") -> float | None:
    """Return how long the workers will take, in seconds, at their recent paces; None if unknown."""
    from producer.status.throughput import recent_pace  # noqa: PLC0415

    def seconds(jobs: int, pace: "Pace | None") -> float | None:
        if not jobs:
            return 0.0
        return pace.seconds_for(jobs) if pace else None

    new = seconds(done.jobs, recent_pace(engine))
    rechecks = seconds(done.rechecks, recent_pace(engine, unchanged=True))
    return None if new is None or rechecks is None else new + rechecks


def _as_json(
    night: "Night",
    done: "NightDone",
    seconds: float | None,
    dispatched: "Dispatched | None",
) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415

    from producer.commands.announce import dispatched_as_json  # noqa: PLC0415

    return {
        "catalogue": night.catalogue,
        "dry_run": night.dry_run,
        "jobs": done.jobs,
        "rechecks": done.rechecks,
        "feeds": [
            {"source": feed.source, "failure": feed.failure, **asdict(feed.enqueued)}
            for feed in done.feeds
        ],
        "estimated_s": None if seconds is None else round(seconds, 1),
        **dispatched_as_json(dispatched),
    }


def _print(
    done: "NightDone", seconds: float | None, dry_run: bool, dispatched: "Dispatched | None"
) -> None:
    from producer.commands.announce import announce_dispatched  # noqa: PLC0415
    from producer.status.durations import spell  # noqa: PLC0415

    would = "would be " if dry_run else ""
    for feed in done.feeds:
        numbers = feed.enqueued
        typer.echo(
            f"{feed.source}: {numbers.products:,} products; rows rejected: {numbers.rejected:,}; "
            f"pictures: {numbers.new_pictures:,} new, {numbers.replaced_pictures:,} replaced, "
            f"{numbers.removed_pictures:,} removed"
        )
        if feed.failure is not None:
            say(f"{feed.source}: {feed.failure}", err=True)
    typer.echo(f"jobs {would}added: {done.jobs:,}; rechecks {would}added: {done.rechecks:,}")
    if not done.jobs + done.rechecks:
        return
    if seconds is None:
        typer.echo("time: no estimate yet, too few jobs of these kinds have been done")
    else:
        typer.echo(f"time: about {spell(seconds)}, at the recent pace of such jobs")
    if not dry_run:
        announce_dispatched(dispatched)
