"""The words to be scored: a feed's own, or those of a file of labels beside it."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

from producer.enqueue.feed_file import FeedFile
from producer.feeds.cells import read_sku, read_text
from producer.feeds.columns import USUAL_NAMES, column_key
from producer.feeds.product import FeedProduct
from producer.feeds.products import products_of
from producer.feeds.record import Record, Rejected
from producer.feeds.rows import FeedRows
from producer.feeds.source import open_feed
from shared.database.temporary import TemporaryDatabase
from shared.errors import FeedError
from shared.printable import printable


class FeedWord(NamedTuple):
    """One product of a feed: its sku, the shop's word for its colour, and what it is."""

    sku: str
    word: str | None
    title: str | None = None
    category: str | None = None


class WordLabels(TemporaryDatabase):
    """Words by sku, read from a file of any format and length; what it says first counts."""

    def __init__(self) -> None:
        super().__init__("CREATE TABLE labels (sku TEXT PRIMARY KEY, word TEXT) WITHOUT ROWID")

    def read(self, source: str, column: str | None = None) -> None:
        """Read a file with columns of the sku and of the word; rows without either are passed over.

        Raises:
            FeedError: it cannot be read, or lacks one of both columns.
        """
        with open_feed(source) as opened:
            rows = _labels(source, opened.records(), column)
            self._write("INSERT OR IGNORE INTO labels VALUES (?, ?)", rows)

    def word(self, sku: str) -> str | None:
        """Return the word of a product, None where the file has none."""
        found = self._database.execute("SELECT word FROM labels WHERE sku = ?", (sku,)).fetchone()
        return found[0] if found else None


@contextmanager
def open_words(
    file: FeedFile, labels: WordLabels | None = None, limit: int | None = None
) -> Generator[Iterator[FeedWord]]:
    """Open a feed, with the pictures beside it; yield the words of its first products.

    Rows that cannot be used are passed over: nothing is stored of them. Raises
    :class:`~shared.errors.FeedError` as :func:`~producer.feeds.products.read_products` does.
    """
    with open_feed(file.source, file.format, file.encoding, file.delimiter, folders=True) as opened:
        products = products_of(FeedRows(opened, file.columns), file.folder, file.picture_base)
        words = (_word(each, labels) for each in products if isinstance(each, FeedProduct))
        yield islice(words, limit)


def _word(product: FeedProduct, labels: WordLabels | None) -> FeedWord:
    word = product.merchant_colour if labels is None else labels.word(product.sku)
    return FeedWord(product.sku, word, product.title, product.category)


def _labels(
    source: str, records: Iterable[Record | Rejected], column: str | None
) -> Iterator[tuple[str, str]]:
    wanted = USUAL_NAMES["merchant_colour"] if column is None else (column,)
    names: tuple[str, ...] = ()
    sku = word = ""
    for record in records:
        if isinstance(record, Rejected):
            continue
        if tuple(record.values) != names:
            names = tuple(record.values)
            sku = _column(source, names, USUAL_NAMES["sku"], "the sku")
            word = _column(source, names, wanted, "the word; name one with --colour-column")
        try:
            key = read_sku(record.values[sku])
            text = read_text("colour", record.values[word], "/")
        except ValueError:
            continue
        if key and text:
            yield key, text


def _column(source: str, names: Iterable[str], wanted: Iterable[str], what: str) -> str:
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(column_key(name), name)
    found = next((key for each in wanted if (key := column_key(each)) in by_key), None)
    if found is None:
        raise FeedError(printable(f"{source}: the labels have no column for {what}"))
    return by_key[found]
