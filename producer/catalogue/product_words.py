"""The words a shop has for its products: categories and titles of a feed, or a list of words."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, cast

from producer.feeds.cells import read_sku, read_text
from producer.feeds.columns import USUAL_NAMES, Columns, FoundColumns, column_key
from producer.feeds.layouts.table import layout_of
from producer.feeds.record import Record
from producer.feeds.rows import FeedRows
from producer.feeds.source import STDIN, FeedFormat, Opened, open_feed
from shared.database.temporary import TemporaryDatabase
from shared.errors import FeedError
from shared.printable import printable

_LOOK_AHEAD_BYTES: Final = 4096
_CELLS = re.compile(r'[,;|\t"]+')
_KNOWN_KEYS: Final = frozenset(column_key(name) for names in USUAL_NAMES.values() for name in names)
# What a packed or marked-up feed begins with.
_NO_TEXT: Final = ("\x1f", "PK", "PAR1", "{", "[", "<", "\ufeff{", "\ufeff[", "\ufeff<")


class ProductWords(NamedTuple):
    """What the shop says of one product."""

    category: str | None
    title: str | None = None


class _WordColumns(NamedTuple):
    sku: str | None
    category: str | None
    title: str | None


class WordSource(NamedTuple):
    """A file of words and how it is read.

    ``is_list`` is True for a file with a word or category a line; every other is a feed or table
    with a column of categories or titles, and needs neither skus nor pictures.
    """

    source: str
    is_list: bool
    columns: Columns
    format: FeedFormat
    encoding: str | None
    delimiter: str | None

    def products(self) -> Iterator[ProductWords]:
        """Yield the words of each product, in its first row's, or each line of a list.

        Raises:
            FeedError: the file cannot be read, or lacks a column that was named, or has neither
                categories nor titles.
        """
        if self.is_list:
            yield from map(ProductWords, _lines(self.source))
            return
        with (
            open_feed(self.source, self.format, self.encoding, self.delimiter) as opened,
            _SeenSkus() as seen,
        ):
            for record, columns in _rows(opened, self.columns):
                if seen.is_new(_sku(record, columns.sku)):
                    category = _text(record, columns.category, " > ")
                    yield ProductWords(category, _text(record, columns.title))


def is_list_of_words(source: str) -> bool:
    """Whether a file, ``-`` for standard input, has a word a line and no header that is known.

    Raises:
        FeedError: the file cannot be read.
    """
    beginning = _beginning(source)
    if beginning.startswith(_NO_TEXT):
        return False
    first = next((line for line in beginning.splitlines() if line.strip()), "")
    cells = (column_key(cell.strip("\ufeff ")) for cell in _CELLS.split(first))
    return not any(cell in _KNOWN_KEYS for cell in cells)


class _SeenSkus(TemporaryDatabase):
    """The skus that were met: a product may take several rows."""

    def __init__(self) -> None:
        super().__init__("CREATE TABLE skus (sku TEXT PRIMARY KEY) WITHOUT ROWID")

    def is_new(self, sku: str | None) -> bool:
        """Remember a sku; a row without one is a product of its own."""
        if sku is None:
            return True
        return self._database.execute("INSERT OR IGNORE INTO skus VALUES (?)", (sku,)).rowcount > 0


def _beginning(source: str) -> str:
    if source.startswith("s3://"):
        return "<"
    try:
        if source == STDIN:
            raw = sys.stdin.buffer.peek(_LOOK_AHEAD_BYTES)  # type: ignore[attr-defined]
        else:
            with Path(source).open("rb") as file:
                raw = file.read(_LOOK_AHEAD_BYTES)
    except OSError as error:
        raise FeedError(f"{printable(source)}: {error.strerror or error}") from error
    return cast("bytes", raw).decode("utf-8", "replace")


def _lines(source: str) -> Iterator[str]:
    raw = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
    for line in raw.decode("utf-8-sig", "replace").splitlines():
        text = read_text("word", line.strip()[:1000].strip('"'))
        if text:
            yield text


def _rows(opened: Opened, wanted: Columns) -> Iterator[tuple[Record, _WordColumns]]:
    names = opened.feed.names
    layout = None if names is None else layout_of(names)
    if layout is not None and layout.read is not None:
        rows = FeedRows(opened, wanted)
        for record in rows:
            if isinstance(record, Record):
                found: FoundColumns = rows.find(record)
                yield record, _WordColumns(found.sku, found.category, found.title)
        return
    columns = None if names is None else _find(wanted, names, opened.source)
    for record in opened.records():
        if isinstance(record, Record):
            # JSON objects may leave out what is empty.
            yield record, columns or _columns(wanted, _by_key(record.values))


def _find(wanted: Columns, names: Iterable[str], source: str) -> _WordColumns:
    by_key = _by_key(names)
    wishes = [getattr(wanted, what) for what in _WordColumns._fields]
    missing = [wish for wish in wishes if wish and column_key(wish) not in by_key]
    if missing:
        raise FeedError(
            f"{printable(source)}: there is no column {missing[0]!r}. {_listed(by_key)}"
        )
    found = _columns(wanted, by_key)
    if found.category is None and found.title is None:
        raise FeedError(
            f"{printable(source)}: no column of categories or titles; name one with "
            f"--category-column or --title-column. {_listed(by_key)}"
        )
    return found


def _listed(by_key: dict[str, str]) -> str:
    shown = ", ".join(printable(name)[:60] for name in list(by_key.values())[::-1] if name)
    return f"Columns found: {shown or 'none'}"


def _by_key(names: Iterable[str]) -> dict[str, str]:
    return {column_key(name): name for name in reversed(list(names))}


def _columns(wanted: Columns, by_key: dict[str, str]) -> _WordColumns:
    return _WordColumns(*(_column(wanted, what, by_key) for what in _WordColumns._fields))


def _column(wanted: Columns, what: str, by_key: dict[str, str]) -> str | None:
    wish: str | None = getattr(wanted, what)
    usual = USUAL_NAMES[what] if wish is None else (wish,)
    return next((by_key[key] for key in map(column_key, usual) if key in by_key), None)


def _text(record: Record, column: str | None, between: str = "") -> str | None:
    try:
        return None if column is None else read_text("text", record.values.get(column), between)
    except ValueError:
        return None  # enqueueing leaves out such a cell, too


def _sku(record: Record, column: str | None) -> str | None:
    try:
        return None if column is None else read_sku(record.values.get(column))
    except ValueError:
        return None
