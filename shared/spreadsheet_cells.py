"""Cells of CSV that no spreadsheet takes for a formula, and the way back.

A spreadsheet runs a cell that begins with ``=`` and its like, and a feed's text is somebody else's.
Such cells are written with an apostrophe before them, as WooCommerce does too; reading takes it
away. A cell that has apostrophes of its own before such a beginning gets one more, so that every
text comes back as it was.
"""

import re
from collections.abc import Iterable
from typing import Final

# Line ends and wide letters are taken for such a beginning by some programs and languages.
_STARTS: Final = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_WOULD_RUN: Final = re.compile(f"'*[{_STARTS}]")
_IS_INERT: Final = re.compile(f"'+[{_STARTS}]")


def inert_cell(text: str) -> str:
    """Return a text so that no spreadsheet runs it; :func:`bare_cell` undoes it."""
    return f"'{text}" if _WOULD_RUN.match(text) else text


def bare_cell(cell: str) -> str:
    """Return what :func:`inert_cell` was given."""
    return cell[1:] if _IS_INERT.match(cell) else cell


def inert_row(values: Iterable[object]) -> list[object]:
    """Return a row whose texts no spreadsheet runs; numbers stay numbers."""
    return [inert_cell(value) if isinstance(value, str) else value for value in values]
