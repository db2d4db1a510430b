"""From rows to products: texts checked, addresses checked, rows of one sku put together."""

from collections.abc import Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Final, NamedTuple

from producer.feeds.addresses import split_addresses
from producer.feeds.cells import check_encoding, first, read_position, read_sku, read_text
from producer.feeds.columns import Columns, FoundColumns
from producer.feeds.pictures import check_address
from producer.feeds.plain_rows import ReadPlain, plain_reader
from producer.feeds.product import FeedPicture, FeedProduct
from producer.feeds.record import Note, Record, Rejected
from producer.feeds.rows import FeedRows, Find
from producer.feeds.source import Opened
from shared.errors import FeedError
from shared.printable import printable
from shared.redaction import redact

MOST_PICTURES: Final = 50
"""The most pictures of one product; those beyond are left out."""


class _Row(NamedTuple):
    product: FeedProduct
    position: float


def read_products(
    opened: Opened, columns: Columns, folder: Path | None = None, base: str | None = None
) -> Iterator[FeedProduct | Rejected]:
    """Yield a feed's products in order, and each row that cannot be used where it stands.

    Rows of one sku that follow each other become one product, its pictures sorted by the position
    column where there is one. ``folder`` is the feed's folder in embedded mode, and lets local
    pictures in; ``base`` is a URL that stands before addresses without one.

    Raises:
        FeedError: the feed lacks a column that is needed, or is damaged.
    """
    yield from products_of(FeedRows(opened, columns), folder, base)


def products_of(
    rows: FeedRows, folder: Path | None = None, base: str | None = None
) -> Iterator[FeedProduct | Rejected]:
    """As :func:`read_products`, of rows whose columns are known."""
    group: list[_Row] = []
    read = _RowReader(rows.find, folder, base)
    for record in rows:
        row = record if isinstance(record, Rejected) else read(record)
        if isinstance(row, Rejected):
            yield row
            continue
        if group and row.product.sku != group[0].product.sku:
            yield _merge(group)
            group = []
        elif group and sum(len(known.product.pictures) for known in group) >= MOST_PICTURES:
            yield Rejected(
                record.line,
                f"{row.product.sku!r} has {MOST_PICTURES} pictures already",
                record.raw,
                row.product.sku,
            )
            continue
        group.append(row)
    if group:
        yield _merge(group)


class _RowReader:
    """Reads rows: the plain ones at once, all others cell by cell."""

    def __init__(self, find: Find, folder: Path | None, base: str | None) -> None:
        self._find = find
        self._folder = folder
        self._base = base
        self._found: FoundColumns | None = None
        self._plain: ReadPlain

    def __call__(self, record: Record) -> _Row | Rejected:
        try:
            found = self._find(record)
        except FeedError as error:
            return Rejected(record.line, printable(redact(str(error))), record.raw)
        if found is not self._found:
            self._found, self._plain = found, plain_reader(found)
        plain = self._plain(record)
        if plain is not None:
            return _Row(plain, inf)
        return _read_row(record, found, self._folder, self._base)


def _read_row(
    record: Record, found: FoundColumns, folder: Path | None, base: str | None
) -> _Row | Rejected:
    sku: str | None = None
    cells = _Cells(record)
    try:
        sku = read_sku(record.values.get(found.sku))
        if sku is None:
            raise ValueError("the row has no sku")
        pictures = cells.pictures(found, folder, base)
        if not pictures:
            raise ValueError(f"{sku!r} has no picture")
    except ValueError as error:
        return Rejected(record.line, printable(redact(str(error))), record.raw, sku)
    product = FeedProduct(
        line=record.line,
        sku=sku,
        title=cells.text("title", found.title),
        category=cells.text("category", found.category, " > "),
        item_group=cells.text("item group", found.item_group),
        merchant_colour=cells.text("colour", found.merchant_colour, "/"),
        pictures=pictures,
        whole=cells.whole,
    )
    position = cells.position(found.position)
    if cells.notes:
        product.notes = tuple(cells.notes)
    return _Row(product, position)


class _Cells:
    """The cells of one row; what makes no sense is noted and left out."""

    __slots__ = ("_line", "_values", "notes", "whole")

    def __init__(self, record: Record) -> None:
        self._line = record.line
        self._values: Mapping[str, object] = record.values
        self.notes: list[Note] = []
        self.whole = True

    def text(self, what: str, column: str | None, between: str = "") -> str | None:
        """Return the text in an optional column."""
        if column is None:
            return None
        try:
            return read_text(what, self._values.get(column), between)
        except ValueError as error:
            self._leave_out(error)
            return None

    def position(self, column: str | None) -> float:
        """Return the picture's place, behind those that have one where there is none."""
        if column is None:
            return inf
        try:
            return read_position(self._values.get(column))
        except ValueError as error:
            self._leave_out(error)
            return inf

    def pictures(
        self, found: FoundColumns, folder: Path | None, base: str | None
    ) -> list[FeedPicture]:
        """Return the pictures whose addresses can be used.

        Raises ValueError, as the first bad one does, where there are only bad ones.
        """
        row_role = self.text("role", found.role)
        pictures: dict[str, FeedPicture] = {}
        bad: list[ValueError] = []
        for column in found.pictures:
            try:
                addresses = split_addresses(self._values.get(column.name))
            except ValueError as error:
                bad.append(error)
                continue
            for address in addresses:
                try:
                    check_encoding("picture's URL", address)
                    url = check_address(address, folder, base)
                except ValueError as error:
                    bad.append(error)
                    continue
                pictures.setdefault(url, FeedPicture(url, column.role or row_role))
        if bad and not pictures:
            raise bad[0]
        if len(pictures) > MOST_PICTURES:
            bad.append(ValueError(f"the row has {len(pictures)} pictures, {MOST_PICTURES} count"))
        for error in bad:
            self._leave_out(error)
        self.whole = not bad
        return list(pictures.values())[:MOST_PICTURES]

    def _leave_out(self, error: ValueError) -> None:
        self.notes.append(Note(self._line, f"{printable(redact(str(error)))}; left out"))


def _merge(rows: list[_Row]) -> FeedProduct:
    product = rows[0].product
    if len(rows) == 1:
        return product
    pictures: dict[str, FeedPicture] = {}
    for row in sorted(rows, key=lambda row: row.position):  # stable: ties stay in the feed's order
        for picture in row.product.pictures:
            pictures.setdefault(picture.url, picture)
    return FeedProduct(
        line=product.line,
        sku=product.sku,
        title=first(row.product.title for row in rows),
        category=first(row.product.category for row in rows),
        item_group=first(row.product.item_group for row in rows),
        merchant_colour=first(row.product.merchant_colour for row in rows),
        pictures=list(pictures.values())[:MOST_PICTURES],
        notes=tuple(note for row in rows for note in row.product.notes),
        whole=all(row.product.whole for row in rows),
    )
