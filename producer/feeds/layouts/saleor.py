"""Saleor's product export: a row for each variant, attributes named by their kind."""

from collections.abc import Iterator
from typing import Final

from producer.feeds.cells import first
from producer.feeds.layouts.colours import is_colour
from producer.feeds.layouts.family import Family, Variant
from producer.feeds.layouts.layout import Header, Layout, Rows, pictures, text
from producer.feeds.record import Record
from producer.feeds.spool import by_family

VARIANT_ATTRIBUTE: Final = " (variant attribute)"
PRODUCT_ATTRIBUTE: Final = " (product attribute)"


def recognise(header: Header) -> bool:
    """Say whether this is Saleor's header."""
    return header.has("id") and (
        header.has_any("productmedia", "variantmedia")
        or (header.has("variantsku") and header.has_any("chargetaxes", "producttype"))
    )


class _SaleorReader:
    def __init__(self, header: Header) -> None:
        self._id = header.find("id")
        self._title = header.find("name")
        self._category = header.find("category", "producttype")
        self._sku = header.find("variantsku", "variantid")
        self._pictures = header.find("productmedia")
        self._own_pictures = header.find("variantmedia")
        self._colour = tuple(
            name
            for kind in (VARIANT_ATTRIBUTE, PRODUCT_ATTRIBUTE)
            for name in header.names
            if name.endswith(kind) and is_colour(name.removesuffix(kind))
        )
        header.used.extend(self._colour)

    def read(self, rows: Rows, header: Header) -> Rows:
        return by_family(rows, header.names, lambda row, _: text(row, self._id), self._expand)

    def _expand(self, rows: list[Record]) -> Iterator[Record]:
        name = text(rows[0], self._id)
        family = Family(
            name,
            first(text(row, self._title) for row in rows) or "",
            first(text(row, self._category) for row in rows) or "",
            list(dict.fromkeys(url for row in rows for url in pictures(row, self._pictures))),
        )
        # Versions before 3 write a row for the product above those of its variants.
        found = [row for row in rows if text(row, self._sku)] or rows[:1]
        yield from family.records(
            [
                Variant(
                    row,
                    text(row, self._sku) or name,
                    text(row, self._colour),
                    pictures(row, self._own_pictures),
                )
                for row in found
            ]
        )


def _read(rows: Rows, header: Header) -> Rows:
    return _SaleorReader(header).read(rows, header)


SALEOR: Final = Layout("Saleor product export", recognise, _read)
