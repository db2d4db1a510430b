"""What a layout is: the name of a shop's export, how it is told, and how its rows become ours."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from producer.feeds.addresses import split_addresses
from producer.feeds.cells import read_text
from producer.feeds.columns import FoundColumns, PictureColumn, column_key
from producer.feeds.record import Record, Rejected

# No feed's column bears such a name, so a record can hold our own columns beside the shop's.
OWN: Final = FoundColumns(
    sku="\0sku",
    pictures=(PictureColumn("\0pictures"),),
    title="\0title",
    category="\0category",
    item_group="\0item_group",
    merchant_colour="\0merchant_colour",
)
"""The columns of the records that a layout gives."""


class Header:
    """The columns of one feed, found however they are spelled.

    ``used`` are those that were asked for, by their names in the feed.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._by_key: dict[str, list[str]] = {}
        for name in self.names:
            self._by_key.setdefault(column_key(name), []).append(name)
        self.used: list[str] = []

    def has(self, *keys: str) -> bool:
        """Say whether all of these columns are there; keys as ``column_key`` gives them."""
        return all(key in self._by_key for key in keys)

    def has_any(self, *keys: str) -> bool:
        """Say whether one of these columns is there."""
        return any(key in self._by_key for key in keys)

    def find(self, *keys: str) -> tuple[str, ...]:
        """Return the columns of these keys, in their order."""
        found = tuple(name for key in keys for name in self._by_key.get(key, ()))
        self.used.extend(name for name in found if name not in self.used)
        return found

    def numbered(self, before: str, after: str = "", most: int = 100) -> list[tuple[str, ...]]:
        """Return the columns of keys with a number in them: of 0, of 1, … as far as there are."""
        found = [self.find(f"{before}{number}{after}") for number in range(most)]
        while found and not found[-1]:
            found.pop()
        return found

    def matching(self, wanted: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the columns whose key is wanted."""
        return self.find(*(key for key in self._by_key if wanted(key)))


def text(record: Record, columns: Iterable[str]) -> str:
    """Return what stands in the first of these columns that is not empty; "" for nothing."""
    for column in columns:
        try:
            found = read_text(column, record.values.get(column), ", ")
        except ValueError:
            continue
        if found:
            return found
    return ""


def pictures(record: Record, columns: Iterable[str]) -> list[str]:
    """Return the addresses in these columns, in order, each once, not yet checked."""
    found: list[str] = []
    for column in columns:
        try:
            found += split_addresses(record.values.get(column))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def own_record(
    source: Record,
    *,
    sku: str,
    addresses: Iterable[str],
    title: str = "",
    category: str = "",
    item_group: str = "",
    merchant_colour: str = "",
) -> Record:
    """Return a record with our own columns beside those of the row that it comes from."""
    own = {
        "\0sku": sku,
        "\0pictures": list(addresses),
        "\0title": title,
        "\0category": category,
        "\0item_group": item_group,
        "\0merchant_colour": merchant_colour,
    }
    return Record(source.line, {**source.values, **own}, source.raw)


Rows = Iterator[Record | Rejected]


@dataclass(frozen=True, slots=True)
class Layout:
    """A shop system's export.

    ``name`` is what people read. ``recognise`` tells it from its header. ``read`` turns the rows
    into records with our own columns; it is None where the usual names of columns do all of it.
    """

    name: str
    recognise: Callable[[Header], bool]
    read: Callable[[Rows, Header], Rows] | None = None
