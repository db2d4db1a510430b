"""The rows of an opened feed: a shop system's layout undone, our columns found."""

from collections.abc import Callable, Iterator
from itertools import chain, islice

from producer.feeds.columns import Columns, FoundColumns, MissingColumn
from producer.feeds.formats.parquet import ParquetFeed
from producer.feeds.layouts.layout import OWN, Header, Layout
from producer.feeds.layouts.table import layout_of
from producer.feeds.record import Record, Rejected
from producer.feeds.source import Opened
from producer.feeds.suggestions import explain_missing
from shared.errors import FeedError
from shared.printable import printable

Find = Callable[[Record], FoundColumns]


class FeedRows:
    """The records of a feed; ``find`` says where in one of them our columns are.

    ``layout`` is the shop system's, None where the feed is in nobody's. A user who names the
    columns of both sku and pictures has the rows read as they stand. ``count`` says how many rows
    of the feed were read so far; ``names`` are its columns, in JSON and XML those of its first row.

    Raises:
        FeedError: the feed lacks a column that is needed, or is damaged.
    """

    def __init__(self, opened: Opened, columns: Columns) -> None:
        self.count = 0
        self.layout: Layout | None = None
        self.used: list[str] = []
        self.found: FoundColumns | None = None
        self._records = self._counted(opened.records())
        try:
            self.names = self._first_names() if opened.feed.names is None else opened.feed.names
            if columns.sku is None or not columns.pictures:
                self.layout = layout_of(self.names)
            self.find = self._finder(opened, columns)
        except MissingColumn as error:
            row = next((each for each in self._records if isinstance(each, Record)), None)
            told = explain_missing(error, self.names, row)
            raise FeedError(f"{printable(opened.source)}: {told}") from error
        except FeedError as error:
            if str(error).startswith(printable(opened.source)):
                raise
            raise FeedError(printable(f"{opened.source}: {error}")) from error

    def __iter__(self) -> Iterator[Record | Rejected]:
        return iter(self._records)

    @property
    def unused(self) -> list[str]:
        """The feed's columns from which nothing is read."""
        return [name for name in self.names if name and name not in self.used]

    def _counted(self, records: Iterator[Record | Rejected]) -> Iterator[Record | Rejected]:
        for record in records:
            self.count += 1
            yield record

    def _first_names(self) -> tuple[str, ...]:
        """Look at the columns of the first row that can be read."""
        looked_at: list[Record | Rejected] = []
        for record in islice(self._records, 100):
            looked_at.append(record)
            if isinstance(record, Record):
                break
        self._records = chain(looked_at, self._records)
        last = looked_at[-1] if looked_at else None
        return tuple(last.values) if isinstance(last, Record) else ()

    def _finder(self, opened: Opened, columns: Columns) -> Find:
        feed = opened.feed
        if feed.names is None:
            return self._finder_of_each(columns)
        if self.layout is not None and self.layout.read is not None:
            header = Header(feed.names)
            self._records = self.layout.read(self._records, header)
            found = columns.over(OWN, feed.names)
            own = set(OWN.names())
            self.used = [*header.used, *(name for name in found.names() if name not in own)]
        else:
            found = self.found = columns.find(feed.names)
            self.used = found.names()
            if isinstance(feed, ParquetFeed):
                feed.read_only(self.used)
        return lambda record: found

    def _finder_of_each(self, columns: Columns) -> Find:
        """JSON objects may leave keys out, and each may leave out others."""
        known: dict[tuple[str, ...], FoundColumns] = {}

        def find(record: Record) -> FoundColumns:
            names = tuple(record.values)
            if names not in known:
                if len(known) > 1000:
                    known.clear()
                known[names] = columns.find(names, all_present=False)
                self.found = known[names]
                self.used = list(dict.fromkeys([*self.used, *self.found.names()]))
            return known[names]

        return find
