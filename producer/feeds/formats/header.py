"""A feed's header: where it stands below what programs put above it, and its names."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from producer.feeds.columns import Columns, repeated
from producer.feeds.layouts.table import layout_of
from shared.errors import FeedError

LINES_ABOVE: Final = 20
"""How many lines may stand above a header."""

_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def separator_told(line: str) -> str | None:
    """Return the delimiter that a line like ``sep=;`` tells, as Excel writes above a header."""
    match = _SEPARATOR_LINE.fullmatch(line)
    return match[1] if match else None


def is_header(cells: Sequence[str]) -> bool:
    """Say whether these are a shop system's columns, or name a sku and pictures in usual ways."""
    if layout_of(cells) is not None:
        return True
    try:
        Columns().find(cells)
    except FeedError:
        return False
    return True


def header_index(rows: Sequence[Sequence[str]]) -> int:
    """Return which of a feed's first rows is its header.

    That is the first one that names what is known, else the first that is no title: no single cell
    and no hint behind a ``#`` above a row of several cells.
    """
    known = next((index for index, cells in enumerate(rows) if is_header(cells)), None)
    if known is not None:
        return known
    for index, cells in enumerate(rows):
        filled = [cell for cell in cells if cell.strip()]
        if len(filled) > 1 and not filled[0].lstrip().startswith("#"):
            return index
    return 0


def column_names(cells: Iterable[str]) -> tuple[str, ...]:
    """Return a header's names: stripped, without empty ones at the end, each once.

    A name that comes again gets its number: ``image``, ``image#2``.
    """
    names = [cell.strip().strip("\ufeff") for cell in cells]
    while names and not names[-1]:
        names.pop()  # spreadsheets end rows with empty columns
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if name:
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                names[index] = repeated(name, seen[name])
    return tuple(names)
