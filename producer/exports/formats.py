"""The forms of an export: each takes products one by one and writes them as they come."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from producer.catalogue.main_colours import main_names
from producer.catalogue.reader import AnsweredProduct
from producer.exports.json_ld import json_ld
from producer.exports.record import COLUMNS, Link, record
from producer.merchant.colour import group_complaints, id_complaints, merchant_colour
from producer.merchant.feed import COLOUR, GROUP, ID
from shared.catalogue.translations import Words
from shared.errors import ColourwayError, SettingsError
from shared.spreadsheet_cells import inert_row
from shared.storage.atomic_write import STDOUT

FAMILY_COLUMN: Final = "color_family"
PATTERN: Final = "pattern"


class LeftOut(ColourwayError):
    """A product does not go into an export of this form; the message says why."""


class ExportFormat(StrEnum):
    """The forms of an export."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    MERCHANT = "merchant"
    JSONLD = "jsonld"


_ENDINGS: Final = {
    ".csv": ExportFormat.CSV,
    ".jsonl": ExportFormat.JSONL,
    ".ndjson": ExportFormat.JSONL,
    ".parquet": ExportFormat.PARQUET,
    ".tsv": ExportFormat.MERCHANT,
    ".txt": ExportFormat.MERCHANT,
    ".jsonld": ExportFormat.JSONLD,
}


def format_of(out: str) -> ExportFormat:
    """Return the form that a file's ending means. Raises SettingsError where it means none."""
    found = _ENDINGS.get(Path(out).suffix.lower())
    if found is not None:
        return found
    where = "for standard output" if out == STDOUT else f"the ending of {out} says nothing"
    raise SettingsError(f"--format: {where}; say one of {', '.join(ExportFormat)}")


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How products are written: where their crops are found, and Google's column of families.

    ``plain_cells`` writes CSV as it is, though a spreadsheet may take a cell for a formula.
    ``words`` are those of patterns, where shoppers read them.
    """

    link: Link
    family_column: str = FAMILY_COLUMN
    plain_cells: bool = False
    words: Words = field(default_factory=Words)


class Writer(Protocol):
    """Writes products of one export."""

    def add(self, product: AnsweredProduct) -> str | None:
        """Write a product; return what somebody should know of it, if anything.

        Raises LeftOut where it does not belong into this form.
        """
        ...

    def end(self) -> None:
        """Write what belongs behind the last product."""
        ...


class CsvWriter:
    """CSV with a header, UTF-8; ``colours`` as JSON, ``warnings`` parted by spaces.

    No cell begins as a formula does (:mod:`shared.spreadsheet_cells`), unless the options say so.
    """

    def __init__(self, file: BinaryIO, options: ExportOptions) -> None:
        self._link, self._plain_cells = options.link, options.plain_cells
        self._text = _text(file)
        self._rows = csv.writer(self._text, lineterminator="\r\n")
        self._rows.writerow(COLUMNS)

    def add(self, product: AnsweredProduct) -> None:
        """See :class:`Writer`."""
        row = record(product, self._link)
        row["colours"] = json.dumps(row["colours"], ensure_ascii=False)
        row["warnings"] = " ".join(row["warnings"])
        cells = [row[column] for column in COLUMNS]
        self._rows.writerow(cells if self._plain_cells else inert_row(cells))

    def end(self) -> None:
        """See :class:`Writer`."""
        _let_go(self._text)


class JsonLinesWriter:
    """One JSON object a line."""

    def __init__(self, file: BinaryIO, options: ExportOptions) -> None:
        self._file, self._link = file, options.link

    def add(self, product: AnsweredProduct) -> None:
        """See :class:`Writer`."""
        line = json.dumps(record(product, self._link), ensure_ascii=False)
        self._file.write(f"{line}\n".encode())

    def end(self) -> None:
        """See :class:`Writer`."""


class JsonLdWriter:
    """One document of JSON-LD: an array, a node a line, each whole by itself.

    A line without its comma may stand in a page as it is: no ``<`` can end the script around it.
    """

    def __init__(self, file: BinaryIO, options: ExportOptions) -> None:
        self._file, self._options = file, options
        self._before = "[\n"

    def add(self, product: AnsweredProduct) -> None:
        """See :class:`Writer`."""
        node = json_ld(product, self._options.link, self._options.words)
        text = json.dumps(node, ensure_ascii=False).replace("<", "\\u003c")
        self._file.write(f"{self._before}{text}".encode())
        self._before = ",\n"

    def end(self) -> None:
        """See :class:`Writer`."""
        self._file.write(b"[]\n" if self._before == "[\n" else b"\n]\n")


class MerchantWriter:
    """A supplemental feed for Google Merchant Center: tabs, UTF-8, only what is ours to say.

    An item group's name that Google would refuse is left empty; the main feed has its own.
    """

    def __init__(self, file: BinaryIO, options: ExportOptions) -> None:
        self._text = _text(file)
        self._rows = csv.writer(self._text, delimiter="\t", lineterminator="\n")
        self._words = options.words
        self._rows.writerow([ID, GROUP, COLOUR, options.family_column, PATTERN])

    def add(self, product: AnsweredProduct) -> str | None:
        """See :class:`Writer`."""
        if complaints := id_complaints(product.sku):
            raise LeftOut(f"its sku {complaints[0]}")
        colour = merchant_colour(product.merchant_colour, main_names(product))
        if colour is None:
            raise LeftOut("it has no colour, neither the shop's nor a measured one")
        group = product.item_group or ""
        complaints = group_complaints(group)
        # Google asks for what is woven or printed: plain cloth has none, nor has a whole outfit.
        pattern = product.pattern
        if pattern is not None and not pattern.is_woven_or_printed:
            pattern = None
        self._rows.writerow(
            [
                product.sku,
                "" if complaints else group,
                colour,
                product.colour_family or "",
                self._words.of(pattern) or "",
            ]
        )
        return f"its item group {complaints[0]}; left empty" if complaints else None

    def end(self) -> None:
        """See :class:`Writer`."""
        _let_go(self._text)


def open_writer(form: ExportFormat, file: BinaryIO, options: ExportOptions) -> Writer:
    """Return what writes products in a form. Parquet needs PyArrow, and the others do not."""
    if form is ExportFormat.PARQUET:
        from producer.exports.parquet import ParquetWriter  # noqa: PLC0415

        return ParquetWriter(file, options.link)
    makers: dict[ExportFormat, Callable[[BinaryIO, ExportOptions], Writer]] = {
        ExportFormat.CSV: CsvWriter,
        ExportFormat.JSONL: JsonLinesWriter,
        ExportFormat.JSONLD: JsonLdWriter,
        ExportFormat.MERCHANT: MerchantWriter,
    }
    return makers[form](file, options)


def _text(file: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)


def _let_go(text: io.TextIOWrapper) -> None:
    # Closing the wrapper would close the file, which is not ours.
    text.flush()
    text.detach()
