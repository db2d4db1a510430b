"""The file of rejected rows: in the feed's own form, so that it can be mended and run again."""

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO, cast

from producer.feeds.formats.delimited import REASON_COLUMN, DelimitedFeed
from producer.feeds.formats.jsonl import read_object
from producer.feeds.record import Rejected
from producer.feeds.source import Opened
from shared.errors import FeedError
from shared.spreadsheet_cells import inert_cell

_Write = Callable[[Rejected], None]


class RejectsFile:
    """Rejected rows, written as they come; the file is in place once the block is left.

    CSV rows get the reason in a first column, objects in a key; a line that is no JSON stays as it
    is. Rows of a Parquet feed are written as JSON Lines. Without rejected rows the file holds none.
    """

    def __init__(self, path: Path, opened: Opened) -> None:
        self._path = path
        self._growing = path.with_name(path.name + ".part")
        # What could not be read goes back as the bytes it came as.
        encoding = "utf-8" if opened.encoding == "utf-8-sig" else opened.encoding
        errors = "backslashreplace" if encoding.startswith("utf-16") else "surrogateescape"
        try:
            self._file = self._growing.open("w", encoding=encoding, errors=errors, newline="")
        except OSError as error:
            raise FeedError(f"--rejects {path}: {error.strerror}") from error
        self._write = (
            _csv_writer(self._file, opened.feed)
            if isinstance(opened.feed, DelimitedFeed)
            else _json_writer(self._file)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._growing.replace(self._path)

    def write(self, row: Rejected) -> None:
        """Add one row."""
        self._write(row)


def _csv_writer(file: TextIO, feed: DelimitedFeed) -> _Write:
    # Both characters, or a field with a carriage return in it would be left unquoted.
    writer = csv.writer(file, delimiter=feed.delimiter, lineterminator="\r\n")
    again = feed.names[:1] == (REASON_COLUMN,)  # a rejects file that is run once more
    header = feed.header[: len(feed.names)]  # with the names that come twice as they came
    columns = header[1:] if again else header
    writer.writerow([REASON_COLUMN, *columns])

    def write(row: Rejected) -> None:
        fields = list(cast("list[str]", row.raw))
        if again and len(fields) > 1:
            del fields[0]
        while len(fields) > len(columns) and not fields[-1]:
            fields.pop()
        # As they came but for what a spreadsheet would run, as whoever corrects them opens one.
        cells = [cell if cell.startswith("'") else inert_cell(cell) for cell in fields]
        writer.writerow([_ascii(row.reason), *cells])

    return write


def _json_writer(file: TextIO) -> _Write:
    def write(row: Rejected) -> None:
        values = row.raw
        if isinstance(values, str):
            record = read_object(row.line, values)
            # What is no JSON, or not in this encoding, goes back byte by byte.
            if isinstance(record, Rejected) or not _is_text(values):
                file.write(values + "\n")
                return
            values = record.values
        reasoned = {REASON_COLUMN: row.reason, **_without_reason(values)}
        file.write(json.dumps(reasoned, default=str) + "\n")

    return write


def _without_reason(values: object) -> dict[str, object]:
    known = cast("Mapping[str, object]", values)
    return {name: value for name, value in known.items() if name != REASON_COLUMN}


def _is_text(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _ascii(text: str) -> str:
    # The feed's own encoding may lack a letter that our words hold.
    return text.encode("ascii", "backslashreplace").decode("ascii")
