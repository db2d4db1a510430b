"""Reading any Merchant Center feed item by item: delimited text, JSON Lines, or XML (RSS, Atom)."""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

from producer.feeds.formats.delimited import DelimitedFeed
from producer.feeds.record import Record, Rejected
from producer.feeds.source import open_feed

ID, COLOUR, GROUP = "id", "color", "item_group_id"
READ: Final = (ID, COLOUR, GROUP)
"""The attributes that are looked at."""

_AGAIN: Final = re.compile(r"#\d+$")  # what the reader of feeds puts behind a column's second name


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
        key = attribute(_AGAIN.sub("", name))
        if key in READ:
            values[key] = (*values.get(key, ()), *_texts(value))
    return FeedItem(record.line, values)


def _texts(value: object) -> Iterable[str]:
    """JSON and Parquet may hold numbers, nothing, or lists where text is expected."""
    if isinstance(value, list):
        return tuple(map(str, cast("list[Any]", value)))
    return () if value is None else (str(value),)
