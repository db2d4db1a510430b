"""Akeneo PIM's product export as CSV or XLSX: a column for each attribute, locale and scope."""

import re
from typing import Final

from producer.feeds.columns import column_key
from producer.feeds.layouts.colours import COLOUR_WORDS
from producer.feeds.layouts.layout import Header, Layout, Rows, own_record, pictures, text
from producer.feeds.record import Record, Rejected

PICTURES: Final = re.compile(
    r"(main|base|front|variation|product|packshot|model|an?)?"
    r"(image|picture|photo|packshot|bild|foto)s?\d*"
)
"""Codes of attributes that hold pictures; every catalogue has its own."""

TITLES: Final = ("name", "title", "label", "productname", "erpname", "variationname")


def recognise(header: Header) -> bool:
    """Say whether this is Akeneo's header."""
    return header.has("categories", "enabled", "family", "groups") and header.has_any(
        "sku", "identifier", "uuid"
    )


class _AkeneoReader:
    def __init__(self, header: Header) -> None:
        self._sku = header.find("sku", "identifier", "uuid")
        self._categories = header.find("categories")
        self._parent = header.find("parent")
        codes = [(_code(name), name) for name in header.names]
        titles = [name for code, name in codes if code in TITLES]
        self._title = _use(header, sorted(titles, key=lambda name: "-en" not in name.lower()))
        self._colour = _use(header, [name for code, name in codes if code in COLOUR_WORDS])
        self._pictures = _use(header, [name for code, name in codes if PICTURES.fullmatch(code)])

    def read(self, rows: Rows) -> Rows:
        for row in rows:
            yield row if isinstance(row, Rejected) else self._record(row)

    def _record(self, row: Record) -> Record:
        return own_record(
            row,
            sku=text(row, self._sku),
            addresses=pictures(row, self._pictures),
            title=text(row, self._title),
            category=text(row, self._categories),
            item_group=text(row, self._parent),
            merchant_colour=text(row, self._colour),
        )


def _code(name: str) -> str:
    """Return an attribute's code: what stands before its locale and its scope."""
    return column_key(name.partition("-")[0])


def _use(header: Header, names: list[str]) -> tuple[str, ...]:
    header.used.extend(name for name in names if name not in header.used)
    return tuple(names)


def _read(rows: Rows, header: Header) -> Rows:
    return _AkeneoReader(header).read(rows)


AKENEO: Final = Layout("Akeneo product export", recognise, _read)
