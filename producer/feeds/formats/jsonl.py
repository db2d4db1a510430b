"""JSON Lines: one object a line."""

import json
from collections.abc import Iterator
from typing import TextIO, cast

from producer.feeds.formats.lines import Lines, LineTooLong
from producer.feeds.record import Record, Rejected
from shared.errors import FeedError


class JsonLinesFeed:
    """A file of JSON objects that is read line by line; blank lines are left out."""

    names = None
    """Every object names its own columns."""

    def __init__(self, text: TextIO) -> None:
        self._lines = Lines(text)

    def __iter__(self) -> Iterator[Record | Rejected]:
        """Yield the objects in order.

        Raises :class:`~shared.errors.FeedError` when the file is one JSON array.
        """
        begun = False
        while True:
            self._lines.begin_record()
            try:
                line = next(self._lines).strip()
            except StopIteration:
                return
            except LineTooLong as error:
                yield Rejected(self._lines.number, str(error), "")
                continue
            if not line:
                continue
            if not begun and line.startswith("["):
                raise FeedError(
                    "the feed is one JSON array; Colourway reads one object a line: "
                    "`jq -c '.[]'` turns the one into the other"
                )
            begun = True
            yield read_object(self._lines.number, line)


def read_object(number: int, line: str) -> Record | Rejected:
    """Read one line; NaN is nothing, and what is no JSON object is rejected."""
    try:
        values: object = json.loads(line, parse_constant=_constant)
    except json.JSONDecodeError as error:
        return Rejected(number, f"no JSON: {error.msg} at column {error.colno}", line)
    except (ValueError, RecursionError) as error:
        return Rejected(number, f"no JSON: {error}", line)
    if not isinstance(values, dict):
        return Rejected(number, "expected a JSON object", line)
    return Record(number, cast("dict[str, object]", values), line)


def _constant(constant: str) -> float | None:
    # What Python and pandas write for nothing; that it is no JSON is not the row's fault.
    return None if constant == "NaN" else float(constant.replace("Infinity", "inf"))
