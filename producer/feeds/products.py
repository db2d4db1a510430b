"""From rows to products: texts checked, addresses checked, rows of one sku put together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from producer.feeds.columns import Columns, FoundColumns
from producer.feeds.parquet import ParquetFeed
from producer.feeds.pictures import check_address, split_addresses
from producer.feeds.record import Record, Rejected
from producer.feeds.source import Feed, Opened
from shared.database.models import LONGEST_NAME
from shared.errors import FeedError

MOST_PICTURES: Final = 50
"""The most pictures of one product; a row that brings more is rejected."""

LONGEST_TEXT: Final = 5000
"""The most characters of a title or another text."""


class FeedPicture(NamedTuple):
    """One picture of a product: its checked address, and what it shows if the feed says so."""

    url: str
    role: str | None = None


@dataclass(slots=True)
class FeedProduct:
    """One product of a feed, with its pictures in order, the main one first.

    ``line`` is where its first row stands. None means that the feed does not say.
    """

    line: int
    sku: str
    title: str | None = None
    category: str | None = None
    item_group: str | None = None
    merchant_colour: str | None = None
    pictures: list[FeedPicture] = field(default_factory=list[FeedPicture])


class _Row(NamedTuple):
    product: FeedProduct
    position: float


class _Finder(Protocol):
    def __call__(self, record: Record) -> FoundColumns: ...


def read_products(
    opened: Opened, columns: Columns, folder: Path | None = None
) -> Iterator[FeedProduct | Rejected]:
    """Yield a feed's products in order, and each row that cannot be used where it stands.

    Rows of one sku that follow each other become one product, its pictures sorted by the position
    column where there is one. ``folder`` is the feed's folder in embedded mode, and lets local
    pictures in.

    Raises:
        FeedError: the feed lacks a column that is needed, or is damaged.
    """
    try:
        find = _finder(opened.feed, columns)
    except FeedError as error:
        raise FeedError(f"{opened.source}: {error}") from error
    group: list[_Row] = []
    for record in opened.records():
        row = record if isinstance(record, Rejected) else _read_row(record, find, folder)
        if isinstance(row, Rejected):
            yield row
            continue
        if group and row.product.sku != group[0].product.sku:
            yield _merge(group)
            group = []
        if sum(len(known.product.pictures) for known in group) >= MOST_PICTURES:
            yield Rejected(
                record.line,
                f"{row.product.sku!r} has {MOST_PICTURES} pictures already",
                record.raw,
                row.product.sku,
            )
            continue
        group.append(row)
    if group:
        yield _merge(group)


def _finder(feed: Feed, columns: Columns) -> _Finder:
    if feed.names is not None:
        found = columns.find(feed.names)
        if isinstance(feed, ParquetFeed):
            feed.read_only(found.names())
        return lambda record: found
    # JSON objects may leave keys out, and each may leave out others.
    known: dict[tuple[str, ...], FoundColumns] = {}

    def find(record: Record) -> FoundColumns:
        names = tuple(record.values)
        if names not in known:
            if len(known) > 1000:
                known.clear()
            known[names] = columns.find(names, all_present=False)
        return known[names]

    return find


def _read_row(record: Record, find: _Finder, folder: Path | None) -> _Row | Rejected:
    sku: str | None = None
    try:
        found = find(record)
        sku = _text("sku", record.values.get(found.sku), LONGEST_NAME)
        if sku is None:
            raise ValueError("the row has no sku")
        product = FeedProduct(
            line=record.line,
            sku=sku,
            title=_optional("title", record, found.title),
            category=_optional("category", record, found.category),
            item_group=_optional("item group", record, found.item_group),
            merchant_colour=_optional("colour", record, found.merchant_colour),
            pictures=_pictures(record, found, folder),
        )
        if not product.pictures:
            raise ValueError(f"{sku!r} has no picture")
        position = _position(record, found.position)
    except (ValueError, FeedError) as error:
        return Rejected(record.line, str(error), record.raw, sku)
    return _Row(product, position)


def _pictures(record: Record, found: FoundColumns, folder: Path | None) -> list[FeedPicture]:
    row_role = _optional("role", record, found.role)
    pictures: dict[str, FeedPicture] = {}
    for column in found.pictures:
        for address in split_addresses(record.values.get(column.name)):
            _check_storable("picture's URL", address)
            url = check_address(address, folder)
            pictures.setdefault(url, FeedPicture(url, column.role or row_role))
    if len(pictures) > MOST_PICTURES:
        raise ValueError(f"the row has {len(pictures)} pictures, more than {MOST_PICTURES}")
    return list(pictures.values())


def _optional(what: str, record: Record, column: str | None) -> str | None:
    return None if column is None else _text(what, record.values.get(column), LONGEST_TEXT)


def _text(what: str, value: object, longest: int) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"the {what} is no text: {value!r:.60}")
    text = str(value).strip()
    if len(text) > longest:
        raise ValueError(f"the {what} is longer than {longest:,} characters")
    _check_storable(what, text)
    return text or None


def _check_storable(what: str, text: str) -> None:
    if "\0" in text:
        raise ValueError(f"the {what} holds a NUL character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"the {what} holds bytes that do not fit the encoding; name it with --encoding"
            ) from error


def _position(record: Record, column: str | None) -> float:
    text = _optional("position", record, column)
    if text is None:
        return float("inf")  # after those that have one
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"the position {text!r:.20} is no whole number") from None


def _merge(rows: list[_Row]) -> FeedProduct:
    first = rows[0].product
    if len(rows) == 1:
        return first
    pictures: dict[str, FeedPicture] = {}
    for row in sorted(rows, key=lambda row: row.position):  # stable: ties stay in the feed's order
        for picture in row.product.pictures:
            pictures.setdefault(picture.url, picture)
    return FeedProduct(
        line=first.line,
        sku=first.sku,
        title=_first(row.product.title for row in rows),
        category=_first(row.product.category for row in rows),
        item_group=_first(row.product.item_group for row in rows),
        merchant_colour=_first(row.product.merchant_colour for row in rows),
        pictures=list(pictures.values())[:MOST_PICTURES],
    )


def _first(texts: Iterable[str | None]) -> str | None:
    return next((text for text in texts if text is not None), None)
