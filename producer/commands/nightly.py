"""The command ``nightly``: feeds enqueued, and finished pictures asked about, once."""

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from producer.commands.options import (
    CategoryColumn,
    DelimiterOption,
    EncodingOption,
    FormatOption,
    ItemGroupColumn,
    MerchantColourColumn,
    PictureColumns,
    PositionColumn,
    RoleColumn,
    SkuColumn,
    TitleColumn,
    feed_file,
)
from producer.commands.reprocess.retry import DryRunFlag, JsonFlag
from producer.feeds.source import FeedFormat
from shared.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Engine

    from producer.dispatching.dispatch import Dispatched
    from producer.enqueue.enqueue import Enqueued
    from producer.feeds.record import Rejected
    from producer.nightly.run import Hooks, NightDone
    from producer.status.throughput import Pace

MOST_TOLD: Final = 20
"""How many rejected rows are told one by one; all of them are counted."""


def nightly(
    feeds: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FEED]...",
            help="Files, or s3://bucket/key. [default: COLOURWAY_NIGHTLY_FEED]",
        ),
    ] = None,
    *,
    catalogue: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Their catalogue. [default: COLOURWAY_NIGHTLY_CATALOGUE]"
        ),
    ] = None,
    recheck_after: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="HOURS",
            help="Ask about pictures nobody has asked about for so long; 0: none. "
            "[default: COLOURWAY_RECHECK_AFTER_H]",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Only so many products of each feed, and so many rechecks."),
    ] = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
    sku_column: SkuColumn = None,
    picture_column: PictureColumns = None,
    title_column: TitleColumn = None,
    category_column: CategoryColumn = None,
    item_group_column: ItemGroupColumn = None,
    merchant_colour_column: MerchantColourColumn = None,
    position_column: PositionColumn = None,
    role_column: RoleColumn = None,
    feed_format: FormatOption = FeedFormat.AUTO,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
) -> None:
    """Put tonight's feeds into the ledger, and ask whether finished pictures have changed.

    Pictures that are new or have another URL are done, as by `colourway enqueue --trigger nightly`.
    Then the servers of the catalogue's other pictures are asked, by ETag or Last-Modified where
    they give one, whether the picture is still the same: it is done again only if it is not.
    `colourway schedule` has this done at the hour that COLOURWAY_NIGHTLY_CRON says.

    If it is cut short, run it again: nothing is done twice. Exit code 1 when a feed could not be
    read or used; the other feeds and the rechecks come all the same.
    """
    from producer.commands.announce import dispatch_now  # noqa: PLC0415
    from producer.nightly.run import Night, run_night  # noqa: PLC0415 - showing help stays quick
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415

    settings = get_settings()
    night = Night(
        catalogue or settings.nightly_catalogue,
        tuple(
            feed_file(
                source,
                sku_column=sku_column,
                picture_column=picture_column,
                title_column=title_column,
                category_column=category_column,
                item_group_column=item_group_column,
                merchant_colour_column=merchant_colour_column,
                position_column=position_column,
                role_column=role_column,
                feed_format=feed_format,
                encoding=encoding,
                delimiter=delimiter,
            )
            for source in feeds or settings.nightly_feed
        ),
        settings.recheck_after_h if recheck_after is None else recheck_after,
        limit,
        dry_run,
    )
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        if not night.feeds:
            _require_catalogue(engine, night.catalogue)
        with _progress(quiet=as_json) as hooks:
            done = run_night(engine, night, hooks)
        seconds = _estimate(engine, done)
        dispatched = (
            None if dry_run or not done.jobs + done.rechecks else dispatch_now(engine, settings)
        )
    finally:
        engine.dispose()
    if as_json:
        typer.echo(
            json.dumps(_as_json(night.catalogue, dry_run, done, seconds, dispatched), indent=2)
        )
    else:
        _print(done, seconds, dry_run, dispatched)
    if done.failures:
        raise typer.Exit(1)


def _require_catalogue(engine: "Engine", name: str) -> None:
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415

    catalogue_id(engine, name)


@contextmanager
def _progress(quiet: bool) -> "Generator[Hooks]":
    """Show how far a run is, where standard error is a terminal, and tell of rejected rows."""
    from rich.console import Console  # noqa: PLC0415

    from producer.nightly.run import Hooks  # noqa: PLC0415

    rejected = 0

    def reject(source: str, row: "Rejected") -> None:
        nonlocal rejected
        rejected += 1
        if rejected <= MOST_TOLD and not quiet:
            typer.echo(f"{source}, line {row.line}: {row.reason}", err=True)

    with Console(stderr=True, quiet=quiet).status("Reading the feeds") as line:

        def show_feed(source: str, done: "Enqueued") -> None:
            line.update(f"Reading {source}: {done.products:,} products, {done.jobs:,} jobs")

        def show_rechecks(jobs: int) -> None:
            line.update(f"Looking through the pictures: {jobs:,} to ask about")

        yield Hooks(on_feed=show_feed, on_recheck=show_rechecks, on_reject=reject)


def _estimate(engine: "Engine", done: "NightDone") -> float | None:
    """Return how long the workers will take, in seconds, at their recent paces; None if unknown."""
    from producer.status.throughput import recent_pace  # noqa: PLC0415

    def seconds(jobs: int, pace: "Pace | None") -> float | None:
        if not jobs:
            return 0.0
        return pace.seconds_for(jobs) if pace else None

    new = seconds(done.jobs, recent_pace(engine))
    asked = seconds(done.rechecks, recent_pace(engine, unchanged=True))
    return None if new is None or asked is None else new + asked


def _as_json(
    catalogue: str,
    dry_run: bool,
    done: "NightDone",
    seconds: float | None,
    dispatched: "Dispatched | None",
) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415

    from producer.commands.announce import dispatched_as_json  # noqa: PLC0415

    return {
        "catalogue": catalogue,
        "dry_run": dry_run,
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
            f"{numbers.removed_pictures:,} no longer named"
        )
        if feed.failure is not None:
            typer.echo(f"{feed.source}: {feed.failure}", err=True)
    typer.echo(f"jobs {would}added: {done.jobs:,}; pictures {would}asked about: {done.rechecks:,}")
    if not done.jobs + done.rechecks:
        return
    if seconds is None:
        typer.echo("time: nothing to estimate it from, too few such jobs have been done yet")
    else:
        typer.echo(f"time: about {spell(seconds)}, at the pace of the last jobs of either kind")
    if not dry_run:
        announce_dispatched(dispatched)
