"""Reading any Merchant Center feed item by item: delimited text, JSON Lines, or XML (RSS, Atom)."""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast
from xml.parsers import expat

from producer.feeds.delimited import DelimitedFeed
from producer.feeds.record import Record, Rejected
from producer.feeds.source import S3, open_bytes, open_feed
from shared.errors import FeedError

ID, COLOUR, GROUP = "id", "color", "item_group_id"
READ: Final = (ID, COLOUR, GROUP)
"""The attributes that are looked at."""

_PIECE_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed; ``line`` is where it begins.

    ``values`` maps an attribute to what stands there, each time that it does.
    """

    line: int
    values: Mapping[str, tuple[str, ...]]


def attribute(name: str) -> str:
    """Return Google's own name of a column or an element.

    >>> attribute("Colour [color]"), attribute("g:item_group_id"), attribute("Item Group ID")
    ('color', 'item_group_id', 'item_group_id')
    """
    bracketed = re.search(r"\[([a-z_ ]+)\]", name)
    bare = (bracketed[1] if bracketed else name).strip().lower().removeprefix("g:")
    return re.sub(r"[\s-]+", "_", bare)


@dataclass(frozen=True, slots=True)
class MerchantFeed:
    """An opened feed: its items and the rows that cannot be read, and which of READ it lacks.

    ``missing`` is empty where only the items can say it.
    """

    items: Iterator[FeedItem | Rejected]
    missing: tuple[str, ...] = ()


@contextmanager
def open_merchant_feed(source: str) -> Generator[MerchantFeed]:
    """Open the feed at a path, an ``s3://`` URL or, for ``-``, standard input; gzip is undone.

    Raises:
        FeedError: it cannot be read, is empty, or has no usable header; while it is read, too,
            where it is damaged.
    """
    if _is_xml(source):
        with open_bytes(source) as file:
            yield MerchantFeed(_xml_items(file, source))
        return
    with open_feed(source) as opened:
        missing: tuple[str, ...] = ()
        if isinstance(opened.feed, DelimitedFeed):
            columns = set(map(attribute, opened.feed.names))
            missing = tuple(name for name in (ID, COLOUR) if name not in columns)
        records = opened.records()
        yield MerchantFeed(
            (each if isinstance(each, Rejected) else _item(each) for each in records), missing
        )


def _item(record: Record) -> FeedItem:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in record.values.items():
        key = attribute(name)
        if key in READ:
            values[key] = (*values.get(key, ()), *_texts(value))
    return FeedItem(record.line, values)


def _texts(value: object) -> Iterable[str]:
    """JSON and Parquet may hold numbers, nothing, or lists where text is expected."""
    if isinstance(value, list):
        return tuple(map(str, cast("list[Any]", value)))
    return () if value is None else (str(value),)


def _is_xml(source: str) -> bool:
    if source.startswith(S3):
        return source.removesuffix(".gz").endswith((".xml", ".rss", ".atom"))
    with open_bytes(source) as file:
        beginning = cast("Any", file).peek(1)
    return beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _xml_items(file: BinaryIO, source: str) -> Iterator[FeedItem]:
    reader = _XmlReader()
    try:
        while piece := file.read(_PIECE_BYTES):
            reader.parser.Parse(piece, False)
            yield from reader.taken()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FeedError(f"{source} line {error.lineno}: {expat.ErrorString(error.code)}") from error
    yield from reader.taken()


class _XmlReader:
    """Gathers the items of RSS and the entries of Atom while expat reads."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._read
        self.parser.StartDoctypeDeclHandler = _refuse
        self._items: list[FeedItem] = []
        self._line: int | None = None
        self._values: dict[str, tuple[str, ...]] = {}
        self._text: list[str] | None = None

    def taken(self) -> list[FeedItem]:
        """Return the items that are complete since the last time."""
        items, self._items = self._items, []
        return items

    def _begin(self, name: str, _attributes: object) -> None:
        if name in ("item", "entry"):
            self._line, self._values = self.parser.CurrentLineNumber, {}
        elif self._line is not None and attribute(name) in READ:
            self._text = []

    def _read(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if name in ("item", "entry") and self._line is not None:
            self._items.append(FeedItem(self._line, self._own_names()))
            self._line = None
        elif self._text is not None:
            self._values[name] = (*self._values.get(name, ()), "".join(self._text).strip())
            self._text = None

    def _own_names(self) -> dict[str, tuple[str, ...]]:
        # An entry of Atom has an id of its own beside g:id.
        ordered = sorted(self._values, key=lambda name: name.startswith("g:"))
        return {attribute(name): self._values[name] for name in ordered}


def _refuse(*_: object) -> None:
    raise FeedError("the feed declares a document type (<!DOCTYPE>), which no feed needs")
