"""Medusa's product export, of version 2 and of version 1: a row for each variant."""

from collections.abc import Iterator
from typing import Final

from producer.feeds.cells import first
from producer.feeds.layouts.colours import colour_of
from producer.feeds.layouts.family import Family, Variant
from producer.feeds.layouts.layout import Header, Layout, Rows, pictures, text
from producer.feeds.record import Record
from producer.feeds.spool import by_family

CATEGORY_ID: Final = "pcat_"
"""How the ids begin that version 2 writes where a name of a category would be of use."""


def recognise(header: Header) -> bool:
    """Say whether this is Medusa's header."""
    return header.has("producthandle") and header.has_any(
        "variantsku", "variantid", "variantbarcode"
    )


class _MedusaReader:
    def __init__(self, header: Header) -> None:
        self._family = header.find("producthandle", "productid")
        self._title = header.find("producttitle")
        self._categories = (
            *header.find("producttype", "productcategory1name", "productcategory1"),
            *header.find("productcollectiontitle"),
        )
        self._sku = header.find("variantsku", "variantid")
        self._thumbnail = header.find("productthumbnail")
        self._pictures = (
            *(name for columns in header.numbered("productimage") for name in columns),
            *(name for columns in header.numbered("image", "url") for name in columns),
        )
        self._own_pictures = (
            *header.find("variantthumbnail"),
            *(name for columns in header.numbered("variantimage") for name in columns),
        )
        self._options = [
            *self._pairs(header, "variantoption"),
            *self._pairs(header, "option"),
        ]

    @staticmethod
    def _pairs(header: Header, before: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        names, values = header.numbered(before, "name"), header.numbered(before, "value")
        return list(zip(names, values, strict=False))

    def read(self, rows: Rows, header: Header) -> Rows:
        return by_family(rows, header.names, lambda row, _: text(row, self._family), self._expand)

    def _expand(self, rows: list[Record]) -> Iterator[Record]:
        name = text(rows[0], self._family)
        categories = (text(row, [column]) for row in rows for column in self._categories)
        gallery = [
            url for row in rows for url in pictures(row, (*self._thumbnail, *self._pictures))
        ]
        family = Family(
            name,
            first(text(row, self._title) for row in rows) or "",
            next((each for each in categories if each and not each.startswith(CATEGORY_ID)), ""),
            list(dict.fromkeys(gallery)),
        )
        yield from family.records([self._variant(row) for row in rows])

    def _variant(self, row: Record) -> Variant:
        options = [(text(row, name), text(row, value)) for name, value in self._options]
        return Variant(
            row,
            text(row, self._sku),
            colour_of(options),
            pictures(row, self._own_pictures),
            options=[value for _, value in options],
        )


def _read(rows: Rows, header: Header) -> Rows:
    return _MedusaReader(header).read(rows, header)


MEDUSA: Final = Layout("Medusa product export", recognise, _read)
