"""BigCommerce's product export, of today (v3) and before (v2): a product, then what is its own."""

import re
from collections.abc import Iterator
from typing import Final

from producer.feeds.layouts.colours import colour_of, deepest
from producer.feeds.layouts.family import Family, Variant, by_position
from producer.feeds.layouts.layout import Header, Layout, Rows, pictures, text
from producer.feeds.record import Record
from producer.feeds.spool import in_blocks

_OPTION_V3: Final = re.compile(r"Name=([^|,;\n]*)[|,;](?:[^\n]*?[|,;])??Value=([^|,;\n]*)")
_OPTION_V2: Final = re.compile(r"(?:\[[A-Z]+\])?([^=,\[\]]+)=([^,]*)")
_SWATCH: Final = re.compile(r"[:\[]#[0-9A-Fa-f|#,\]]*$")


def recognise(header: Header) -> bool:
    """Say whether this is BigCommerce's header."""
    return header.has("item", "sku", "options") or header.has_any(
        "internalimageurlexport", "productcodesku"
    )


def options(cell: str) -> list[tuple[str, str]]:
    """Return a variant's options: name and value, as either version writes them.

    >>> options("Type=Swatch|Name=Color|Value=Red[#FF0000]")
    [('Color', 'Red')]
    >>> options("[CS]Color=Sage:#9CAF88,[RT]Size=M")
    [('Color', 'Sage'), ('Size', 'M')]
    """
    found = _OPTION_V3.findall(cell) or _OPTION_V2.findall(cell)
    return [(name.strip(), _SWATCH.sub("", value).strip()) for name, value in found]


class _BigCommerceReader:
    def __init__(self, header: Header) -> None:
        self._item = header.find("item", "itemtype")
        self._sku = header.find("sku", "productcodesku")
        self._id = header.find("id", "productid")
        self._title = header.find("name", "productname")
        self._options = header.find("options")
        self._categories = header.find("categories", "category", "categorydetails")
        self._pictures = header.find("internalimageurlexport", "imageurlimport")
        self._position = header.find("imagesortorder")
        self._thumbnail = header.find("imageisthumbnail")
        self._own_picture = header.find("variantimageurl")
        urls, files = header.numbered("productimageurl"), header.numbered("productimagefile")
        self._numbered = [
            (
                (urls[number] if number < len(urls) else ())
                + (files[number] if number < len(files) else ()),
                header.find(f"productimagesort{number}"),
                header.find(f"productimageisthumbnail{number}"),
            )
            for number in range(max(len(urls), len(files)))
        ]

    def read(self, rows: Rows) -> Rows:
        return in_blocks(rows, lambda row: self._kind(row) in ("product", ""), self._expand)

    def _kind(self, row: Record) -> str:
        return text(row, self._item).casefold()

    def _expand(self, rows: list[Record]) -> Iterator[Record]:
        if not rows:
            return
        product = rows[0]
        name = text(product, self._sku) or text(product, self._id)
        family = Family(
            name,
            text(product, self._title),
            deepest(re.split(r"[;|]", text(product, self._categories)), "/"),
            by_position(
                shown
                for row in rows
                if self._kind(row) in ("product", "image", "")
                for shown in self._shown(row)
            ),
        )
        own = self._own_pictures(rows)
        variants = [
            self._variant(row, own) for row in rows if self._kind(row) in ("variant", "sku")
        ]
        skus = {variant.sku for variant in variants}
        if not variants or (text(product, self._sku) and text(product, self._sku) not in skus):
            yield from Family(
                name if variants else "", family.title, family.category, family.gallery
            ).records([Variant(product, name)])
        yield from family.records(variants)

    def _variant(self, row: Record, own: dict[str, list[str]]) -> Variant:
        sku = text(row, self._sku)
        told = options(text(row, self._options) or text(row, self._title))
        addresses = pictures(row, self._own_picture) or own.get(sku, [])
        values = [value for _, value in told]
        return Variant(row, sku, colour_of(told), addresses, options=values)

    def _own_pictures(self, rows: list[Record]) -> dict[str, list[str]]:
        """Return the pictures that rules of v2 give to a sku."""
        return {
            text(row, self._sku): by_position(self._shown(row))
            for row in rows
            if self._kind(row) == "rule" and text(row, self._sku)
        }

    def _shown(self, row: Record) -> Iterator[tuple[str, str]]:
        """Yield the addresses in this row, each with its position."""
        yield from self._placed(row, self._pictures, self._position, self._thumbnail)
        for columns, position, thumbnail in self._numbered:
            yield from self._placed(row, columns, position, thumbnail)

    def _placed(
        self,
        row: Record,
        columns: tuple[str, ...],
        position: tuple[str, ...],
        thumbnail: tuple[str, ...],
    ) -> Iterator[tuple[str, str]]:
        place = text(row, position)
        if text(row, thumbnail).casefold() in ("true", "y", "yes", "1"):
            place = "-1"
        # The first column that holds any: a URL and a file name are of one picture.
        found = next((each for each in (pictures(row, [name]) for name in columns) if each), [])
        yield from ((address, place) for address in found)


def _read(rows: Rows, header: Header) -> Rows:
    return _BigCommerceReader(header).read(rows)


BIGCOMMERCE: Final = Layout("BigCommerce product export", recognise, _read)
