"""CSV and its kin: a header, then one product or one picture a row."""

import csv
import re
from collections.abc import Iterator
from typing import Final, TextIO

from producer.feeds.formats.header import LINES_ABOVE, column_names, header_index, separator_told
from producer.feeds.formats.lines import Lines, LineTooLong
from producer.feeds.record import Record, Rejected
from shared.errors import FeedError
from shared.spreadsheet_cells import bare_cell

DELIMITERS: Final = (",", "\t", ";", "|")
"""What may stand between columns; the one most often in the header is taken."""

REASON_COLUMN: Final = "rejected_because"
"""The column that a rejects file puts in front; a feed may hold it, and it is not read."""


class DelimitedFeed:
    """A CSV file that is read row by row.

    ``names`` are the columns of the header, each once, and ``header`` how they stand there. A
    line ``sep=;``, titles and hints above the header are passed over. A row whose quotes or number
    of fields do not fit is rejected alone: reading goes on with the next line, even when the row
    swallowed several.

    Raises:
        FeedError: there is no header.
    """

    def __init__(self, text: TextIO, delimiter: str | None = None) -> None:
        self._lines = Lines(text)
        try:
            while (above := self._lines.ahead(LINES_ABOVE)) and not any(map(str.strip, above)):
                self._pass_over(len(above))
            blank = next((index for index, line in enumerate(above) if line.strip()), 0)
            told = separator_told(above[blank]) if above else None
            self._pass_over(blank + (told is not None))
            above = above[blank + (told is not None) :]
            index = header_index([_cells(line, delimiter or told) for line in above])
            self._pass_over(index)
            self.delimiter = delimiter or told or find_delimiter("".join(above[index : index + 1]))
            self._rows = csv.reader(self._lines, delimiter=self.delimiter, strict=True)
            self.header = tuple(next(self._rows))
        except StopIteration:
            raise FeedError("the feed is empty: a CSV feed begins with a header") from None
        except (csv.Error, LineTooLong) as error:
            raise FeedError(f"line {self._lines.number}: the header cannot be read: {error}") from (
                error
            )
        self.names = column_names(self.header)

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
            cells = row
            if any("'" in text for text in self._lines.record):
                cells = [bare_cell(cell) for cell in row]
            yield Record(line, dict(zip(self.names, cells, strict=False)), row)

    def _pass_over(self, lines: int) -> None:
        for _ in range(lines):
            next(self._lines)
        self._lines.begin_record()

    def _reject_first_line(self, line: int, reason: str) -> Rejected:
        first, *rest = self._lines.record
        self._lines.put_back(rest)
        return Rejected(line, reason, [first.rstrip("\r\n")])


def _cells(line: str, delimiter: str | None) -> list[str]:
    # One line alone: a quote that is left open above the header must not swallow it.
    try:
        return next(csv.reader([line], delimiter=delimiter or find_delimiter(line)), [])
    except csv.Error:
        return []


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
