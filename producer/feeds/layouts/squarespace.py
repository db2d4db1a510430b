"""Squarespace's product export: the first row of a product names it, those below are variants."""

from collections.abc import Iterator
from typing import Final

from producer.feeds.layouts.colours import colour_of, deepest
from producer.feeds.layouts.family import Family, Variant
from producer.feeds.layouts.layout import Header, Layout, Rows, pictures, text
from producer.feeds.record import Record
from producer.feeds.spool import in_blocks


def recognise(header: Header) -> bool:
    """Say whether this is Squarespace's header."""
    return header.has("hostedimageurls", "sku")


class _SquarespaceReader:
    def __init__(self, header: Header) -> None:
        self._id = header.find("productidnoneditable", "productid")
        self._url = header.find("producturl")
        self._title = header.find("title")
        self._sku = header.find("sku")
        self._variant_id = header.find("variantidnoneditable", "variantid")
        self._categories = header.find("categories")
        self._pictures = header.find("hostedimageurls")
        self._names = header.numbered("optionname")
        self._values = header.numbered("optionvalue")

    def read(self, rows: Rows) -> Rows:
        return in_blocks(rows, self._begins, self._expand)

    def _begins(self, row: Record) -> bool:
        return any(text(row, columns) for columns in (self._id, self._title, self._url))

    def _expand(self, rows: list[Record]) -> Iterator[Record]:
        if not rows:
            return
        product = rows[0]
        names = [text(product, columns) for columns in self._names]
        family = Family(
            text(product, self._url) or text(product, self._id) or text(product, self._title),
            text(product, self._title),
            deepest(text(product, self._categories).split(","), "/"),
            pictures(product, self._pictures),
        )
        yield from family.records([self._variant(row, names, row is product) for row in rows])

    def _variant(self, row: Record, names: list[str], is_first: bool) -> Variant:
        values = [text(row, columns) for columns in self._values]
        return Variant(
            row,
            text(row, self._sku),
            colour_of(zip(names, values, strict=False)),
            () if is_first else pictures(row, self._pictures),
            options=values,
        )


def _read(rows: Rows, header: Header) -> Rows:
    return _SquarespaceReader(header).read(rows)


SQUARESPACE: Final = Layout("Squarespace product export", recognise, _read)
