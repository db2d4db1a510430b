"""Wix Stores' product export, of its first catalogue and of today's (v3)."""

import re
from collections.abc import Iterator
from typing import Final

from producer.feeds.cells import first
from producer.feeds.layouts.colours import colour_of, is_colour
from producer.feeds.layouts.family import Family, Variant
from producer.feeds.layouts.layout import Header, Layout, Rows, text
from producer.feeds.record import Record
from producer.feeds.spool import by_family

MEDIA: Final = "https://static.wixstatic.com/media/"
"""Where Wix serves the pictures that an export names by their file alone."""

_FILE: Final = re.compile(r"[0-9a-z]+_[0-9a-f]{8,}~mv2[^/:]*", re.IGNORECASE)
_SWATCH: Final = re.compile(r"^(?:#[0-9a-f]{3,8}|rgba?\([^)]*\)):", re.IGNORECASE)


def recognise(header: Header) -> bool:
    """Say whether this is Wix's header."""
    return header.has("fieldtype") and header.has_any("handleid", "handle")


class _WixReader:
    def __init__(self, header: Header) -> None:
        self._handle = header.find("handleid", "handle")
        self._kind = header.find("fieldtype")
        self._title = header.find("name")
        self._category = header.find("collection", "primarycategoryslug", "categoryslugs")
        self._sku = header.find("sku")
        self._pictures = header.find("productimageurl", "media")
        self._names = header.numbered("productoptionname")
        self._values = header.numbered("productoptiondescription") or header.numbered(
            "productoptionchoices"
        )

    def read(self, rows: Rows, header: Header) -> Rows:
        return by_family(rows, header.names, lambda row, _: text(row, self._handle), self._expand)

    def _expand(self, rows: list[Record]) -> Iterator[Record]:
        handle = text(rows[0], self._handle)
        names = [first(text(row, columns) for row in rows) or "" for columns in self._names]
        family = Family(
            handle,
            first(text(row, self._title) for row in rows) or "",
            (first(text(row, self._category) for row in rows) or "").split(";")[0].strip(),
        )
        by_colour: dict[str, list[str]] = {}
        variants: list[Record] = []
        for row in rows:
            kind = text(row, self._kind).casefold()
            if kind == "variant":
                variants.append(row)
                continue
            # A picture may be of one choice of an option.
            colour = self._colour(row, names) if kind == "media" else ""
            where = by_colour.setdefault(colour.casefold(), []) if colour else family.gallery
            where += [url for url in self._addresses(row) if url not in where]
        if not family.gallery:
            family.gallery = [url for urls in by_colour.values() for url in urls]
        product = next((row for row in rows if row not in variants), rows[0])
        if not variants:
            colours = self._colour(product, names)
            own = Variant(product, text(product, self._sku), "" if ";" in colours else colours)
            yield from family.records([own])
            return
        yield from family.records([self._variant(row, names, by_colour) for row in variants])

    def _variant(self, row: Record, names: list[str], by_colour: dict[str, list[str]]) -> Variant:
        colour = self._colour(row, names)
        return Variant(
            row,
            text(row, self._sku),
            colour,
            self._addresses(row) or by_colour.get(colour.casefold(), []),
            options=[_bare(text(row, columns)) for columns in self._values],
        )

    def _colour(self, row: Record, names: list[str]) -> str:
        values = [text(row, columns) for columns in self._values]
        known = [name if is_colour(name) else "" for name in names]
        found = colour_of(zip(known, values, strict=False))
        return ";".join(_bare(part) for part in found.split(";") if part.strip())

    def _addresses(self, row: Record) -> list[str]:
        # Names of files beside URLs, all parted by semicolons.
        cells = (text(row, [column]).split(";") for column in self._pictures)
        parts = [part.strip() for cell in cells for part in cell]
        return [MEDIA + part if _FILE.fullmatch(part) else part for part in parts if part]


def _bare(choice: str) -> str:
    """Take the colour's code off a choice.

    >>> _bare("#000080:Navy")
    'Navy'
    """
    return _SWATCH.sub("", choice.strip()).strip()


def _read(rows: Rows, header: Header) -> Rows:
    return _WixReader(header).read(rows, header)


WIX: Final = Layout("Wix product export", recognise, _read)
