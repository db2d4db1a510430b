"""The options that say how a feed is read: the same wherever a command takes a feed.

Only types for Typer, and how they become a :class:`~producer.enqueue.feed_file.FeedFile`;
importing this costs next to nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from producer.feeds.columns import Columns, read_picture_column
from producer.feeds.source import FeedFormat
from shared.errors import SettingsError

if TYPE_CHECKING:
    from producer.enqueue.feed_file import FeedFile

FeedArgument = Annotated[
    str,
    typer.Argument(metavar="FEED", help="CSV, JSONL or Parquet file; - reads standard input."),
]
SkuColumn = Annotated[str | None, typer.Option(metavar="NAME", help="Column of the sku.")]
PictureColumns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[ROLE=]NAME",
        help="Column of picture URLs; repeat it for more, the main picture first.",
    ),
]
TitleColumn = Annotated[str | None, typer.Option(metavar="NAME", help="Column of the title.")]
CategoryColumn = Annotated[str | None, typer.Option(metavar="NAME", help="Column of the category.")]
ItemGroupColumn = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Column of what an item's variants share."),
]
MerchantColourColumn = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Column of the shop's own colour name."),
]
PositionColumn = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Column of the picture's place among a product's.",
    ),
]
RoleColumn = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Column of what the picture shows: front, back."),
]
FormatOption = Annotated[FeedFormat, typer.Option("--format", help="Form of the feed.")]
EncodingOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Encoding, such as cp1252; else UTF-8."),
]
DelimiterOption = Annotated[
    str | None,
    typer.Option(metavar="CHARACTER", help="What parts CSV columns; the word tab too."),
]
RejectsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write rows that cannot be used there, to be mended and run again."
    ),
]


def feed_file(
    source: str,
    *,
    sku_column: str | None = None,
    picture_column: list[str] | None = None,
    title_column: str | None = None,
    category_column: str | None = None,
    item_group_column: str | None = None,
    merchant_colour_column: str | None = None,
    position_column: str | None = None,
    role_column: str | None = None,
    feed_format: FeedFormat = FeedFormat.AUTO,
    encoding: str | None = None,
    delimiter: str | None = None,
    rejects: Path | None = None,
) -> "FeedFile":
    """Make a feed of what the command line said.

    Raises :class:`~shared.errors.SettingsError` for a delimiter of more than one character.
    """
    from producer.enqueue.feed_file import FeedFile  # noqa: PLC0415 - the database, only when needed

    parting = "\t" if delimiter in ("tab", "\\t") else delimiter
    if parting is not None and (len(parting) != 1 or parting in '"\r\n'):
        raise SettingsError(f"--delimiter {delimiter!r} is not one character, nor the word tab")
    return FeedFile(
        source=source,
        columns=Columns(
            sku=sku_column,
            pictures=tuple(read_picture_column(text) for text in picture_column or ()),
            title=title_column,
            category=category_column,
            item_group=item_group_column,
            merchant_colour=merchant_colour_column,
            position=position_column,
            role=role_column,
        ),
        format=feed_format,
        encoding=encoding,
        delimiter=parting,
        rejects=rejects,
    )
