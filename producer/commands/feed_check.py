"""The command ``feed-check``: what would be read of a feed, without a database."""

from typing import Annotated

import typer

from producer.commands.feed_options import FeedArgument, FeedOptions
from shared.cli.console import say
from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import JsonFlag
from shared.cli.progress import status_line


@option_groups
def feed_check(
    feed: FeedArgument,
    *,
    limit: Annotated[
        int, typer.Option(min=0, help="Show the first N products, cells left out, rejected rows.")
    ] = 5,
    as_json: JsonFlag = False,
    reading: FeedOptions,
) -> None:
    """Show how a feed would be read, and write nothing.

    Names the shop system whose layout the feed is in, the columns that are read and those that are
    not, the first products with their pictures, and what is left out or rejected, with its line.
    Local pictures count as they do for `colourway run`.

    Exit codes: 0 there are products; 1 no row could be used, or the feed cannot be read; 2 wrong
    usage.
    """
    from producer.feeds.preview import preview  # noqa: PLC0415 - keeps help quick
    from producer.feeds.source import open_feed  # noqa: PLC0415

    file = reading.feed(feed)
    with (
        status_line("Reading the feed", quiet=as_json),
        open_feed(file.source, file.format, file.encoding, file.delimiter) as opened,
    ):
        seen = preview(opened, file.columns, file.folder, file.picture_base, limit)
    if as_json:
        print_json(seen.as_json())
    else:
        for line in seen.lines():
            say(line)
    if not seen.products:
        raise typer.Exit(EXIT_FAILED)
