"""Magento 2's and Adobe Commerce's product export (System, Export, Products)."""

import re
from collections.abc import Iterator
from typing import Final

from producer.feeds.cells import first
from producer.feeds.layouts.colours import colour_of, deepest
from producer.feeds.layouts.family import Family, Variant
from producer.feeds.layouts.layout import Header, Layout, Rows, pictures, text
from producer.feeds.record import Record
from producer.feeds.spool import RowSpool, by_family

NO_PICTURE: Final = "no_selection"
"""What stands where a product has no main picture."""

_ATTRIBUTE: Final = re.compile(r",(?=[A-Za-z0-9_\"]+=)")


def recognise(header: Header) -> bool:
    """Say whether this is Magento's header."""
    return header.has("sku") and header.has_any(
        "storeviewcode", "attributesetcode", "configurablevariations", "additionalattributes"
    )


def attributes(cell: str, between: re.Pattern[str] = _ATTRIBUTE) -> dict[str, str]:
    """Return ``name=value`` pairs; a value may hold commas.

    >>> attributes("color=Red, dark,size=S")
    {'color': 'Red, dark', 'size': 'S'}
    """
    pairs = (part.partition("=") for part in between.split(cell))
    return {name.strip(' "'): value.strip(' "') for name, _, value in pairs}


class _MagentoReader:
    def __init__(self, header: Header) -> None:
        self._sku = header.find("sku")
        self._store = header.find("storeviewcode")
        self._title = header.find("name")
        self._categories = header.find("categories")
        self._main = header.find("baseimage", "image")
        self._small = header.find("smallimage")
        self._further = header.find("additionalimages")
        self._attributes = header.find("additionalattributes")
        self._colour = header.find("color", "colour")
        self._variations = header.find("configurablevariations")
        self._last_sku = ""

    def read(self, rows: Rows, header: Header) -> Rows:
        return by_family(rows, header.names, self._family, self._expand)

    def _family(self, row: Record, spool: RowSpool) -> str:
        # A row of a store's view may leave out the sku of the row above.
        sku = text(row, self._sku) or (self._last_sku if text(row, self._store) else "")
        self._last_sku = sku
        for variation in text(row, self._variations).split("|"):
            child = attributes(variation).get("sku", "")
            if child:
                spool.alias(child, sku)
        return sku

    def _expand(self, rows: list[Record]) -> Iterator[Record]:
        products = self._merged(rows)
        parents = [sku for sku, views in products.items() if self._is_parent(views)]
        if not parents:
            for sku, views in products.items():
                yield from self._family_of(views, "").records([self._variant(sku, views)])
            return
        parent = products.pop(parents[0])
        family = self._family_of(parent, parents[0])
        alone = self._family_of(parent, parents[0])
        yield from alone.records([self._variant(parents[0], parent)])
        yield from family.records([self._variant(sku, views) for sku, views in products.items()])

    def _merged(self, rows: list[Record]) -> dict[str, list[Record]]:
        """Return the rows of each sku, those of all stores before those of one."""
        products: dict[str, list[Record]] = {}
        sku = ""
        for row in rows:
            sku = text(row, self._sku) or sku
            products.setdefault(sku, []).append(row)
        return {
            sku: sorted(views, key=lambda row: bool(text(row, self._store)))
            for sku, views in products.items()
        }

    def _is_parent(self, views: list[Record]) -> bool:
        return any(text(row, self._variations) for row in views)

    def _family_of(self, views: list[Record], name: str) -> Family:
        return Family(
            name,
            first(text(row, self._title) for row in views) or "",
            deepest(self._first(views, self._categories).split(","), "/"),
            self._pictures(views),
        )

    def _variant(self, sku: str, views: list[Record]) -> Variant:
        own = self._family_of(views, "")
        # Of a sku that is blank nothing may be made up: the row is rejected.
        colour = self._first(views, self._colour) or colour_of(
            attributes(self._first(views, self._attributes)).items()
        )
        return Variant(views[0], sku, colour, own.gallery, own.title, own.category)

    def _first(self, views: list[Record], columns: tuple[str, ...]) -> str:
        return first(text(row, columns) for row in views) or ""

    def _pictures(self, views: list[Record]) -> list[str]:
        """Return the pictures of the first view that has any: another shows the same again."""
        for row in views:
            found = [
                address
                for column in (*self._main, *self._small, *self._further)
                for address in self._addresses(row, column)
                if address != NO_PICTURE
            ]
            if found:
                return list(dict.fromkeys(found))
        return []

    def _addresses(self, row: Record, column: str) -> list[str]:
        # Relative paths are parted by commas, which in a URL may mean something else.
        return [
            part.strip()
            for address in pictures(row, [column])
            for part in ([address] if "://" in address else address.split(","))
            if part.strip()
        ]


def _read(rows: Rows, header: Header) -> Rows:
    return _MagentoReader(header).read(rows, header)


MAGENTO: Final = Layout("Magento product export", recognise, _read)
