"""The producer's commands: ``enqueue`` and ``status``."""

import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from producer.commands.options import (
    CategoryColumn,
    DelimiterOption,
    EncodingOption,
    FeedArgument,
    FormatOption,
    ItemGroupColumn,
    MerchantColourColumn,
    PictureColumns,
    PositionColumn,
    RejectsOption,
    RoleColumn,
    SkuColumn,
    TitleColumn,
    feed_file,
)
from producer.feeds.source import FeedFormat
from shared.contracts.jobs import LARGEST_ID, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from producer.dispatching.dispatch import Dispatched
    from producer.enqueue.enqueue import Enqueued, Order
    from producer.enqueue.feed_file import FeedFile
    from producer.feeds.record import Rejected
    from producer.status.counts import Status

MOST_TOLD: Final = 20
"""How many rejected rows are told one by one; all of them are counted, and in the rejects file."""

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def enqueue(
    feed: FeedArgument,
    *,
    catalogue: Annotated[
        str, typer.Option(help="The shop's set of products; skus are unique in it.")
    ] = "default",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many products.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Read everything, say what would be done.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Do pictures again that failed for good.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Do every picture again, whatever became of it.")
    ] = False,
    rejects: RejectsOption = None,
    trigger: Annotated[
        Trigger, typer.Option(help="What the batch is noted to come from.")
    ] = Trigger.MANUAL,
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
    """Put a feed into the ledger, and ring for the workers.

    The feed says how things should be: enqueuing it again does nothing, a picture with another URL
    is done again, one that is no longer named goes. A row that cannot be used is reported with its
    line, and the rest goes on. docs/feeds.md says more.

    Where the broker cannot be reached, everything is in the ledger all the same, and beat or
    `colourway dispatch` rings later. Exit code 1 when not one row could be used.
    """
    from producer.enqueue.enqueue import Again, Order  # noqa: PLC0415 - so that showing help stays quick

    file = feed_file(
        feed,
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
        rejects=rejects,
    )
    again = Again.ALL if force else Again.FAILED if retry_failed else Again.NONE
    order = Order(catalogue, trigger, feed, again, limit, dry_run)
    told = _Told(quiet=as_json)
    done, dispatched = _enqueue_and_dispatch(file, order, told)
    if as_json:
        typer.echo(json.dumps(_as_json(order, done, dispatched, told), indent=2))
    else:
        _print(order, done, dispatched, told)
    if done.rejected and not done.products:
        raise typer.Exit(1)


def status(
    batch: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_ID, help="Only this batch.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Look again and again until nothing is left.")
    ] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds from one look to the next.")] = 5.0,
    as_json: JsonFlag = False,
) -> None:
    """Show what is done, what failed and why, and what is left, batch by batch.

    --watch shows the batches that have something left, how fast they come on and when they will be
    done: redrawn on a terminal, elsewhere a line for each, with --json an object on each line.
    Ctrl-C ends it (exit code 130).
    """
    from producer.status.counts import print_table, read_status  # noqa: PLC0415 - as above
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        if watch:
            _watch(lambda: read_status(engine, settings, batch), every, as_json)
            return
        found = read_status(engine, settings, batch)
    finally:
        engine.dispose()
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        print_table(found)


def _watch(look: "Callable[[], Status]", every_s: float, as_json: bool) -> None:
    from rich.console import Console  # noqa: PLC0415

    from producer.status.watch import Watch, print_json, show  # noqa: PLC0415

    try:
        if as_json:
            print_json(Watch(look, every_s), typer.echo)
        else:
            show(Watch(look, every_s), Console())
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


class _Told:
    """Rejected rows: the first ones told as they come, and kept for JSON."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self.rows: list[Rejected] = []

    def reject(self, row: "Rejected") -> None:
        """Hear of one row."""
        if len(self.rows) < MOST_TOLD:
            self.rows.append(row)
            if not self._quiet:
                typer.echo(f"line {row.line}: {row.reason}", err=True)


def _enqueue_and_dispatch(
    file: "FeedFile", order: "Order", told: _Told
) -> "tuple[Enqueued, Dispatched | None]":
    from producer.enqueue.feed_file import enqueue_file  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        enqueue = partial(enqueue_file, engine, file, order, on_reject=told.reject)
        with _progress() as show:
            if order.dry_run:
                return enqueue(on_progress=show), None
            from producer.dispatching.streaming import StreamingDispatcher  # noqa: PLC0415

            with StreamingDispatcher(engine, settings, order.trigger.queue) as dispatcher:
                done = enqueue(publisher=dispatcher, on_progress=show)
            return done, dispatcher.finish()
    finally:
        engine.dispose()


@contextmanager
def _progress() -> "Generator[Callable[[Enqueued], None]]":
    """Show how many products were read so far, where standard error is a terminal."""
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status("Reading the feed") as line:

        def show(done: "Enqueued") -> None:
            line.update(f"Reading the feed: {done.products:,} products, {done.jobs:,} jobs")

        yield show


def _as_json(
    order: "Order", done: "Enqueued", dispatched: "Dispatched | None", told: _Told
) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415

    from producer.commands.announce import dispatched_as_json  # noqa: PLC0415

    return {
        "catalogue": order.catalogue,
        "dry_run": order.dry_run,
        **asdict(done),
        **dispatched_as_json(dispatched),
        "rejected_rows": [
            {"line": row.line, "sku": row.sku, "reason": row.reason} for row in told.rows
        ],
    }


def _print(order: "Order", done: "Enqueued", dispatched: "Dispatched | None", told: _Told) -> None:
    if done.rejected > len(told.rows):
        typer.echo(f"… and {done.rejected - len(told.rows):,} more rows", err=True)
    would = "would be " if order.dry_run else ""
    typer.echo(
        f"products: {done.products:,} ({done.new_products:,} new, {done.changed_products:,} "
        f"changed); rows rejected: {done.rejected:,}\n"
        f"pictures: {done.pictures:,} ({done.new_pictures:,} new, {done.replaced_pictures:,} "
        f"replaced, {done.again:,} done again); no longer named: {done.removed_pictures:,}"
    )
    batch = f", batch {done.batch_id}" if done.batch_id is not None else ""
    typer.echo(f"jobs {would}added: {done.jobs:,} (catalogue {order.catalogue!r}{batch})")
    if dispatched is not None:
        from producer.commands.announce import announce_dispatched  # noqa: PLC0415

        announce_dispatched(dispatched)
