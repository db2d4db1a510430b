"""The command ``lexicon``: which of a shop's words for its products are understood, and as what."""

from typing import Annotated

import typer

from producer.commands.feed_options import FeedOptions
from producer.feeds.source import FeedFormat
from shared.cli.console import say
from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import JsonFlag
from shared.errors import FeedError
from shared.settings import get_settings


@option_groups
def lexicon(
    words: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A feed, a table with a column of categories or titles, or a text with a word or "
            "category a line; - reads standard input.",
        ),
    ],
    *,
    limit: Annotated[
        int, typer.Option(min=0, help="Show the first N categories, those not understood first.")
    ] = 40,
    as_json: JsonFlag = False,
    reading: FeedOptions,
) -> None:
    """Show which words for products are understood, as which piece of an outfit.

    The category says what a product is: in words of five languages, or as an id or path of
    Google's or Shopify's taxonomy; where it says nothing, the title does. Words that are missing
    can be taught: COLOURWAY_PIECES names a CSV with rows of your own (docs/pieces.md).

    Exit codes: 0 everything is understood; 1 something is not, or a file cannot be read; 2 wrong
    usage.
    """
    from producer.catalogue.product_words import WordSource, is_list_of_words  # noqa: PLC0415
    from producer.catalogue.understanding import understand  # noqa: PLC0415 - keeps help quick
    from shared.catalogue.pieces import Pieces  # noqa: PLC0415

    file = reading.feed(words)
    told = file.format is not FeedFormat.AUTO or file.columns.category or file.columns.title
    is_list = not told and is_list_of_words(words)
    pieces = Pieces.load(get_settings().pieces)
    source = WordSource(words, is_list, file.columns, file.format, file.encoding, file.delimiter)
    seen = understand(pieces, source.products())
    if not seen.products:
        raise FeedError(f"{words}: holds no words; give a feed, or a text with a word a line")
    if as_json:
        print_json(seen.as_json(words))
    else:
        for line in seen.lines(limit, is_list):
            say(line)
    if seen.unknown:
        raise typer.Exit(EXIT_FAILED)
