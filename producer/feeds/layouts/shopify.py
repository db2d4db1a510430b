"""Shopify's product export, with its headings up to 2024 and those since."""

from collections.abc import Iterator
from typing import Final

from producer.feeds.cells import first
from producer.feeds.layouts.colours import colour_of
from producer.feeds.layouts.family import Family, Variant, by_position
from producer.feeds.layouts.layout import Header, Layout, Rows, pictures, text
from producer.feeds.record import Record
from producer.feeds.spool import by_family

DEFAULT_OPTION: Final = "Default Title"
"""The value of the option of a product that has no options."""

OPTIONS: Final = (1, 2, 3)


def recognise(header: Header) -> bool:
    """Say whether this is Shopify's header."""
    return header.has_any("handle", "urlhandle") and (
        header.has("imagesrc") or header.has("productimageurl")
    )


class _ShopifyReader:
    def __init__(self, header: Header) -> None:
        self._handle = header.find("handle", "urlhandle")
        self._title = header.find("title")
        self._category = header.find("productcategory", "type")
        self._sku = header.find("variantsku", "sku")
        self._picture = header.find("imagesrc", "productimageurl")
        self._position = header.find("imageposition")
        self._own_picture = header.find("variantimage", "variantimageurl")
        self._metafield = header.find("colorproductmetafieldsshopifycolorpattern")
        self._names = [header.find(f"option{number}name") for number in OPTIONS]
        self._values = [header.find(f"option{number}value") for number in OPTIONS]
        self._price = header.find("variantprice", "price")

    def read(self, rows: Rows, header: Header) -> Rows:
        return by_family(rows, header.names, lambda row, _: text(row, self._handle), self._expand)

    def _expand(self, rows: list[Record]) -> Iterator[Record]:
        handle = text(rows[0], self._handle)
        if not handle:
            # Nothing says which product it is of; it is rejected for what it lacks.
            handle = text(rows[0], self._sku)
        family = Family(
            handle,
            first(text(row, self._title) for row in rows) or "",
            first(text(row, self._category) for row in rows) or "",
            by_position(
                (address, text(row, self._position))
                for row in rows
                for address in pictures(row, self._picture)
            ),
        )
        names = [first(text(row, columns) for row in rows) or "" for columns in self._names]
        found = [row for row in rows if self._is_variant(row)] or rows[:1]
        metafield = first(text(row, self._metafield) for row in rows) or ""
        yield from family.records([self._variant(row, names, metafield) for row in found])

    def _is_variant(self, row: Record) -> bool:
        return any(text(row, columns) for columns in (self._sku, self._price, *self._values))

    def _variant(self, row: Record, names: list[str], metafield: str) -> Variant:
        values = [text(row, columns) for columns in self._values]
        values = ["" if value == DEFAULT_OPTION else value for value in values]
        colour = colour_of(zip(names, values, strict=True))
        if not colour and ";" not in metafield:
            colour = metafield  # of the whole product, and only where it is one
        own = pictures(row, self._own_picture)
        return Variant(row, text(row, self._sku), colour, own, options=values)


def _read(rows: Rows, header: Header) -> Rows:
    return _ShopifyReader(header).read(rows, header)


SHOPIFY: Final = Layout("Shopify product export", recognise, _read)
