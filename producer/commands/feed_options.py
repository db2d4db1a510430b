"""The options that say how a feed is read, and what is enqueued of it.

Only types for Typer, and what becomes of them; importing this costs next to nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from producer.feeds.columns import Columns, read_picture_column
from producer.feeds.source import FeedFormat
from shared.contracts.jobs import Trigger
from shared.errors import SettingsError

if TYPE_CHECKING:
    from producer.enqueue.enqueue import Order
    from producer.enqueue.feed_file import FeedFile

_PANEL: Final = "How the feed is read"

FeedArgument = Annotated[
    str,
    typer.Argument(metavar="FEED", help="CSV, JSONL, XML, XLSX or Parquet file; - reads stdin."),
]
FeedOrFolderArgument = Annotated[
    str,
    typer.Argument(
        metavar="FEED",
        help="CSV, JSONL or Parquet file, or a folder of pictures; - reads standard input.",
    ),
]
RejectsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write rejected rows and the reasons to this file; correct it and use it as a feed.",
    ),
]


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """How a feed is read: which column holds what, its format, encoding and delimiter."""

    sku_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column of the sku.", rich_help_panel=_PANEL),
    ] = None
    picture_column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[ROLE=]NAME",
            help="Column of picture URLs; may be repeated, the main picture first.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    title_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column of the title.", rich_help_panel=_PANEL),
    ] = None
    category_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column of the category.", rich_help_panel=_PANEL),
    ] = None
    item_group_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Column of the item group, which the variants of one item share.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    merchant_colour_column: Annotated[
        str | None,
        typer.Option(
            "--merchant-colour-column",
            "--colour-column",
            metavar="NAME",
            help="Column of the shop's own colour name.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    position_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Column of the picture's position among its product's pictures.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    role_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Column of what the picture shows: front, back.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    feed_format: Annotated[
        FeedFormat,
        typer.Option("--format", help="Format of the feed.", rich_help_panel=_PANEL),
    ] = FeedFormat.AUTO
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Encoding, such as cp1252.",
            show_default="UTF-8",
            rich_help_panel=_PANEL,
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(
            metavar="CHARACTER",
            help="Delimiter of CSV columns: one character, or the word tab.",
            rich_help_panel=_PANEL,
        ),
    ] = None

    picture_base: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="URL that stands before pictures' addresses that have none.",
            rich_help_panel=_PANEL,
        ),
    ] = None

    def feed(self, source: str, rejects: Path | None = None) -> "FeedFile":
        """Return a feed that is read in this way.

        Raises :class:`~shared.errors.SettingsError` for a delimiter of more than one character, or
        a base that is no URL.
        """
        from producer.enqueue.feed_file import FeedFile  # noqa: PLC0415 - loads the database

        return FeedFile(
            source=source,
            columns=Columns(
                sku=self.sku_column,
                pictures=tuple(read_picture_column(text) for text in self.picture_column or ()),
                title=self.title_column,
                category=self.category_column,
                item_group=self.item_group_column,
                merchant_colour=self.merchant_colour_column,
                position=self.position_column,
                role=self.role_column,
            ),
            format=self.feed_format,
            encoding=self.encoding,
            delimiter=_read_delimiter(self.delimiter),
            rejects=rejects,
            picture_base=_read_base(self.picture_base),
        )


@dataclass(frozen=True, slots=True)
class EnqueueOptions:
    """What is enqueued of a feed, and into which catalogue."""

    catalogue: Annotated[
        str, typer.Option(help="Name of the catalogue; skus are unique within it.")
    ] = "default"
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Also process pictures again that failed.")
    ] = False
    force: Annotated[
        bool, typer.Option("--force", help="Process every picture again, finished ones too.")
    ] = False
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", "-n", help="Read the whole feed, change nothing, say what would be done."
        ),
    ] = False

    def order(self, source: str, limit: int | None, trigger: Trigger = Trigger.MANUAL) -> "Order":
        """Return the order to enqueue a feed: ``limit`` is the most products."""
        from producer.enqueue.enqueue import Again, Order  # noqa: PLC0415 - loads the database

        again = Again.ALL if self.force else Again.FAILED if self.retry_failed else Again.NONE
        return Order(self.catalogue, trigger, source, again, limit, self.dry_run)


def _read_delimiter(text: str | None) -> str | None:
    delimiter = "\t" if text in ("tab", "\\t") else text
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise SettingsError(f"--delimiter {text!r} is neither one character nor the word tab")
    return delimiter


def _read_base(text: str | None) -> str | None:
    if text is not None and not text.startswith(("https://", "http://", "s3://")):
        raise SettingsError(f"--picture-base {text!r} does not begin with https:// or s3://")
    return text
