"""The command ``enqueue``: a feed into the ledger."""

import gc
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producer.commands.feed_options import (
    EnqueueOptions,
    FeedArgument,
    FeedOptions,
    RejectsOption,
)
from shared.cli.console import say
from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.first_rows import FirstRows
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import JsonFlag
from shared.cli.progress import status_line
from shared.contracts.jobs import Trigger

if TYPE_CHECKING:
    from producer.dispatching.dispatch import Dispatched
    from producer.enqueue.enqueue import Enqueued, Order
    from producer.enqueue.feed_file import FeedFile
    from producer.feeds.record import Note, Rejected


@option_groups
def enqueue(
    feed: FeedArgument,
    *,
    options: EnqueueOptions,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N products.")] = None,
    rejects: RejectsOption = None,
    trigger: Annotated[
        Trigger, typer.Option(help="Why it is enqueued; this decides the queue of its jobs.")
    ] = Trigger.MANUAL,
    as_json: JsonFlag = False,
    reading: FeedOptions,
) -> None:
    """Put a feed into the ledger and dispatch its jobs to the workers.

    The feed describes the catalogue as it should be: an unchanged picture is not processed again, a
    picture with a new URL is, and a picture that is no longer in the feed is removed. A row that
    cannot be used is reported with its line, and the rest is enqueued. See docs/feeds.md.

    If the broker cannot be reached, the jobs are in the ledger all the same, and beat or
    `colourway dispatch` dispatches them later. Exit code 1 when no row could be used.
    """
    file = reading.feed(feed, rejects)
    order = options.order(feed, limit, trigger)

    def show(row: "Rejected | Note") -> None:
        if not as_json:
            say(f"line {row.line}: {row.reason}", err=True)

    rejected: FirstRows[Rejected] = FirstRows(show)
    noted: FirstRows[Note] = FirstRows(show)
    done, dispatched = _enqueue_and_dispatch(file, order, rejected, noted)
    if as_json:
        print_json(_as_json(order, done, dispatched, rejected))
    else:
        _print(order, done, dispatched, rejected)
    if done.rejected and not done.products:
        raise typer.Exit(EXIT_FAILED)


def _enqueue_and_dispatch(
    file: "FeedFile",
    order: "Order",
    rejected: "FirstRows[Rejected]",
    noted: "FirstRows[Note]",
) -> "tuple[Enqueued, Dispatched | None]":
    from producer.enqueue.feed_file import enqueue_file  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    with (
        producer_session(settings, dry_run=order.dry_run) as engine,
        status_line("Reading the feed") as update,
    ):

        def show(done: "Enqueued") -> None:
            update(f"Reading the feed: {done.products:,} products, {done.jobs:,} jobs")

        hooks = {"on_reject": rejected, "on_note": noted, "on_progress": show}
        enqueue = partial(enqueue_file, engine, file, order, **hooks)
        if order.dry_run or settings.embedded:  # no Redis that happens to run here is ours
            return enqueue(), None
        from producer.dispatching.streaming import StreamingDispatcher  # noqa: PLC0415

        gc.freeze()  # what is imported stays; to look through it again and again costs a fifth
        with StreamingDispatcher(engine, settings, order.trigger.queue) as dispatcher:
            done = enqueue(publisher=dispatcher)
        return done, dispatcher.finish()


def _as_json(
    order: "Order",
    done: "Enqueued",
    dispatched: "Dispatched | None",
    rejected: "FirstRows[Rejected]",
) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415

    from producer.commands.announce import dispatched_as_json  # noqa: PLC0415

    return {
        "catalogue": order.catalogue,
        "dry_run": order.dry_run,
        **asdict(done),
        **dispatched_as_json(dispatched),
        "rejected_rows": [
            {"line": row.line, "sku": row.sku, "reason": row.reason} for row in rejected.shown
        ],
    }


def _print(
    order: "Order",
    done: "Enqueued",
    dispatched: "Dispatched | None",
    rejected: "FirstRows[Rejected]",
) -> None:
    if rejected.hidden:
        typer.echo(f"… and {rejected.hidden:,} more rows", err=True)
    would = "would be " if order.dry_run else ""
    layout = done.layout_line()
    if layout is not None:
        say(layout)
    if done.left_out:
        typer.echo(f"cells left out: {done.left_out:,}")
    typer.echo(
        f"products: {done.products:,} ({done.new_products:,} new, {done.changed_products:,} "
        f"changed); rows rejected: {done.rejected:,}\n"
        f"pictures: {done.pictures:,} ({done.new_pictures:,} new, {done.replaced_pictures:,} "
        f"replaced, {done.again:,} processed again); removed: {done.removed_pictures:,}"
    )
    batch = f", batch {done.batch_id}" if done.batch_id is not None else ""
    typer.echo(f"jobs {would}added: {done.jobs:,} (catalogue {order.catalogue!r}{batch})")
    if not order.dry_run:
        from producer.commands.announce import announce_dispatched  # noqa: PLC0415

        announce_dispatched(dispatched)
