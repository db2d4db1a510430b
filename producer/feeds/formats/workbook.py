"""Excel workbooks (xlsx), through openpyxl: the first sheet that holds products, row by row."""

import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Final, cast

from producer.feeds.formats.header import LINES_ABOVE, column_names, header_index, is_header
from producer.feeds.record import Record
from shared.errors import FeedError
from shared.spreadsheet_cells import bare_cell

MOST_SHEETS: Final = 20
"""How many sheets are looked at for a header."""

MOST_SHARED_BYTES: Final = 512 << 20
"""The most bytes of texts that cells share: openpyxl holds them all."""

_DAMAGE: Final = (
    *(AttributeError, EOFError, LookupError, NotImplementedError, OSError, SyntaxError),
    *(TypeError, ValueError, zipfile.BadZipFile, zlib.error),
)
"""What openpyxl raises where a part of a workbook is damaged or missing."""

_SHARED_TEXTS: Final = "xl/sharedStrings.xml"


class WorkbookFeed:
    """A workbook that is read row by row; ``names`` are the columns of its header.

    Values are those that Excel saved: of formulas their results.

    Raises:
        FeedError: openpyxl is not installed, or the file is no workbook or holds no table.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            import openpyxl  # noqa: PLC0415 - an extra, and slow to import
        except ModuleNotFoundError as error:
            raise FeedError(
                "reading Excel workbooks needs openpyxl: pip install 'colourway[xlsx]'"
            ) from error
        try:
            _check_size(file)
            self._book: Any = openpyxl.load_workbook(file, read_only=True, data_only=True)
            self._sheet, self._above = _find_table(self._book)
        except _DAMAGE as error:
            raise FeedError(
                f"this Excel workbook cannot be read: {error or type(error).__name__}"
            ) from error
        self.names = column_names(self._above[-1])

    def __iter__(self) -> Iterator[Record]:
        """Yield the rows in order. Raises :class:`~shared.errors.FeedError` on a damaged file."""
        line = len(self._above)
        names = self.names
        try:
            for cells in islice(_rows(self._sheet), line, None):
                line += 1
                if any(cell is not None for cell in cells):
                    bare = (bare_cell(cell) if isinstance(cell, str) else cell for cell in cells)
                    values = dict(zip(names, bare, strict=False))
                    yield Record(line, values, values)
        except _DAMAGE as error:
            raise FeedError(
                f"the Excel workbook is damaged after row {line}: {error or type(error).__name__}"
            ) from error


def _check_size(file: BinaryIO) -> None:
    with zipfile.ZipFile(file) as archive:
        for part in archive.infolist():
            if part.filename == _SHARED_TEXTS and part.file_size > MOST_SHARED_BYTES:
                raise FeedError(
                    f"the workbook's texts have {part.file_size:,} bytes, more than "
                    f"{MOST_SHARED_BYTES:,}; save the sheet as CSV"
                )
    file.seek(0)


def _find_table(book: Any) -> tuple[Any, list[list[str]]]:
    """Return the first sheet with a known header, else the first that is not empty."""
    found: tuple[Any, list[list[str]]] | None = None
    for sheet in book.worksheets[:MOST_SHEETS]:
        rows = [
            ["" if cell is None else str(cell) for cell in cells]
            for cells in islice(_rows(sheet), LINES_ABOVE)
        ]
        if not any(any(cells) for cells in rows):
            continue
        index = header_index(rows)
        table = (sheet, rows[: index + 1])
        if is_header(rows[index]):
            return table
        found = found or table
    if found is None:
        raise FeedError("the workbook holds no table")
    return found


def _rows(sheet: Any) -> Iterator[tuple[object, ...]]:
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    return cast("Iterator[tuple[object, ...]]", sheet.iter_rows(values_only=True))
