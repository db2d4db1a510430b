"""WooCommerce's own product export (Products, Export)."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from producer.feeds.layouts.colours import colour_of, deepest
from producer.feeds.layouts.family import Family, Variant
from producer.feeds.layouts.layout import Header, Layout, Rows, pictures, text
from producer.feeds.record import Record
from producer.feeds.spool import RowSpool, by_family

_COMMA: Final = re.compile(r"(?<!\\),")

# The exporter writes its header in the language of the site, and in English what nobody has
# translated: in English, German, French, Spanish, Italian, as ``column_key`` spells them.
_TYPE: Final = ("type", "typ", "tipo")
_SKU: Final = ("sku", "artikelnummer", "ugs", "cod")
_NAME: Final = ("name", "nom", "nombre", "nome")
_CATEGORIES: Final = ("categories", "kategorien", "catégories", "categorías", "categorie")
_IMAGES: Final = ("images", "bilder", "imágenes", "immagine", "immagini")
_PARENT: Final = ("parent", "übergeordnetesprodukt", "superior", "genitore")
_VISIBILITY: Final = (
    *("visibilityincatalog", "sichtbarkeitimkatalog", "visibilitédanslecatalogue"),
    *("visibilidadenelcatálogo", "visibilitànelcatalogo"),
)
# Before and after the number; Italian has changed.
_ATTRIBUTE_NAMES: Final = (
    *(("attribute", "name"), ("attribut", "name"), ("nomdelattribut", "")),
    *(("nombredelatributo", ""), ("attributo", "nome"), ("nomedellattributo", "")),
)
_ATTRIBUTE_VALUES: Final = (
    *(("attribute", "values"), ("attribut", "werte"), ("valeursdelattribut", "")),
    *(("valoresdelatributo", ""), ("attributo", "valutae"), ("valoredellattributo", "")),
)


def recognise(header: Header) -> bool:
    """Say whether this is the header of WooCommerce's exporter, in one of five languages."""
    has_all = all(header.has_any(*keys) for keys in (_TYPE, _SKU, _NAME, _IMAGES))
    attribute = (f"{before}1{after}" for before, after in _ATTRIBUTE_NAMES)
    return has_all and header.has_any(*_PARENT, *_VISIBILITY, *attribute)


def values_of(cell: str) -> list[str]:
    r"""Return the values of an attribute; ``\,`` is a comma within one.

    >>> values_of(r"Black\, matt, White")
    ['Black, matt', 'White']
    """
    parts = (part.strip().replace("\\,", ",") for part in _COMMA.split(cell))
    return [part for part in parts if part]


class _WooCommerceReader:
    def __init__(self, header: Header) -> None:
        self._id = header.find("id")
        self._type = header.find(*_TYPE)
        self._sku = header.find(*_SKU)
        self._title = header.find(*_NAME)
        self._categories = header.find(*_CATEGORIES)
        self._pictures = header.find(*_IMAGES)
        self._parent = header.find(*_PARENT)
        self._names = _numbered(header, _ATTRIBUTE_NAMES)
        self._values = _numbered(header, _ATTRIBUTE_VALUES)

    def read(self, rows: Rows, header: Header) -> Rows:
        return by_family(rows, header.names, self._family, self._expand)

    def _family(self, row: Record, spool: RowSpool) -> str:
        sku, number = text(row, self._sku), text(row, self._id)
        parent = text(row, self._parent)
        if parent and self._is_variation(row):
            return "id:" + parent[3:].strip() if parent.startswith("id:") else parent
        own = f"id:{number}" if number else sku
        if sku and number:
            spool.alias(sku, own)
        return own

    def _is_variation(self, row: Record) -> bool:
        return text(row, self._type).partition(",")[0].strip().casefold() == "variation"

    def _expand(self, rows: list[Record]) -> Iterator[Record]:
        parents = [row for row in rows if not self._is_variation(row)]
        variations = [row for row in rows if self._is_variation(row)]
        parent = parents[0] if parents else None
        family = Family(text(variations[0], self._parent) if variations else "")
        if parent is not None:
            family = Family(
                self._sku_of(parent),
                text(parent, self._title),
                deepest(values_of(text(parent, self._categories))),
                pictures(parent, self._pictures),
            )
        for row in parents:
            yield from self._alone(row, family.name if variations else "")
        yield from family.records([self._variant(row) for row in variations])

    def _alone(self, row: Record, group: str) -> Iterator[Record]:
        colours = values_of(self._colour(row))
        several = len(colours) > 1 and bool(group)
        yield from Family(
            group,
            text(row, self._title),
            deepest(values_of(text(row, self._categories))),
            pictures(row, self._pictures),
        ).records([Variant(row, self._sku_of(row), "" if several else ", ".join(colours))])

    def _variant(self, row: Record) -> Variant:
        return Variant(
            row,
            self._sku_of(row),
            ", ".join(values_of(self._colour(row))),
            pictures(row, self._pictures),
            text(row, self._title),
            deepest(values_of(text(row, self._categories))),
        )

    def _colour(self, row: Record) -> str:
        pairs = zip(self._names, self._values, strict=False)
        return colour_of((text(row, name), text(row, value)) for name, value in pairs)

    def _sku_of(self, row: Record) -> str:
        return text(row, self._sku) or text(row, self._id)


def _numbered(header: Header, spellings: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    found = (header.numbered(before, after) for before, after in spellings)
    return next((columns for columns in found if columns), [])


def _read(rows: Rows, header: Header) -> Rows:
    return _WooCommerceReader(header).read(rows, header)


WOOCOMMERCE: Final = Layout("WooCommerce product export", recognise, _read)
