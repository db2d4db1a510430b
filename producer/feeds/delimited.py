"""CSV and its kin: a header, then one product or one picture a row."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, TextIO

from producer.feeds.lines import Lines, LineTooLong
from producer.feeds.record import Record, Rejected
from shared.errors import FeedError

DELIMITERS: Final = (",", "\t", ";", "|")
"""What may stand between columns; the one most often in the header is taken."""

REASON_COLUMN: Final = "rejected_because"
"""The column that a rejects file puts in front; a feed may hold it, and it is not read."""


class DelimitedFeed:
    """A CSV file that is read row by row.

    ``names`` are the columns of the header. A row whose quotes or number of fields do not fit is
    rejected alone: reading goes on with the next line, even when the row swallowed several.

    Raises:
        FeedError: there is no header, or it names a column twice.
    """

    def __init__(self, text: TextIO, delimiter: str | None = None) -> None:
        self._lines = Lines(text)
        try:
            header = self._first_line()
            self.delimiter = delimiter or find_delimiter(header)
            self._rows = csv.reader(self._lines, delimiter=self.delimiter, strict=True)
            names = [name.strip() for name in next(self._rows)]
        except (csv.Error, LineTooLong) as error:
            raise FeedError(f"line {self._lines.number}: the header cannot be read: {error}") from (
                error
            )
        while names and not names[-1]:
            names.pop()  # spreadsheets end rows with empty columns
        twice = [name for name, count in Counter(names).items() if name and count > 1]
        if twice:
            raise FeedError(f"the header names {twice[0]!r} twice; rename one of these columns")
        self.names = tuple(names)

    def __iter__(self) -> Iterator[Record | Rejected]:
        """Yield the rows in order; blank ones are left out."""
        width = len(self.names)
        while True:
            self._lines.begin_record()
            line = self._lines.number + 1
            try:
                row = next(self._rows)
            except StopIteration:
                return
            except LineTooLong as error:
                yield Rejected(line, str(error), [""])
                continue
            except csv.Error as error:
                yield self._reject_first_line(line, _explain(error))
                continue
            if not any(row):
                continue
            if len(row) != width and (len(row) < width or any(row[width:])):
                reason = f"the row has {len(row)} fields, the header has {width}"
                if len(self._lines.record) > 1:
                    yield self._reject_first_line(line, f"{reason}; is a quote left open?")
                else:
                    yield Rejected(line, reason, row)
                continue
            yield Record(line, dict(zip(self.names, row, strict=False)), row)

    def _first_line(self) -> str:
        for line in self._lines:
            if line.strip():
                self._lines.put_back([line])
                self._lines.begin_record()
                return line
        raise FeedError("the feed is empty: a CSV feed begins with a header")

    def _reject_first_line(self, line: int, reason: str) -> Rejected:
        first, *rest = self._lines.record
        self._lines.put_back(rest)
        return Rejected(line, reason, [first.rstrip("\r\n")])


def find_delimiter(header: str) -> str:
    """Return the delimiter that stands most often in a header, outside of quotes."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=bare.count)


def _explain(error: csv.Error) -> str:
    known = {
        "unexpected end of data": "a quote is opened and never closed",
        "field larger": "a field is longer than 131,072 characters; is a quote left open?",
        "expected after": "a quoted field goes on after its closing quote; double inner quotes",
    }
    return next((text for part, text in known.items() if part in str(error)), str(error))
