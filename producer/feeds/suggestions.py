"""What to say when a feed has no column for the sku or for pictures: which may be meant."""

import re
import shlex
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from producer.feeds.addresses import split_addresses
from producer.feeds.columns import FURTHER_PICTURES, MAIN_PICTURE, USUAL_NAMES, MissingColumn
from producer.feeds.columns import column_key as key
from producer.feeds.record import Record
from shared.printable import printable

SKU_WORDS: Final = (
    *("artikelnummer", "artikelnr", "artnr", "artno", "artikel", "artikelcode", "produktnummer"),
    *("bestellnummer", "modelnumber", "styleno", "stylecode", "stylenumber", "itemno"),
    *("itemnumber", "itemcode", "productcode", "productnumber", "productno", "stockcode"),
    *("partnumber", "reference", "référence", "referencia", "riferimento", "codigo", "código"),
    *("codice", "codeproduit", "code", "ref", "nr", "mpn", "ean", "gtin", "barcode", "upc"),
)
"""What people call the sku besides its usual names, best first, as ``column_key`` spells it."""

PICTURE_WORDS: Final = re.compile(
    "image|img|picture|photo|foto|bild|imagen|imagem|immagin|afbeelding|obraz|zdj|kuva|billede"
    "|media|thumb|packshot"
)
_PICTURE: Final = re.compile(r"\.(?:jpe?g|png|webp|avif|gif|tiff?)(?:$|[?#])", re.IGNORECASE)


def explain_missing(error: MissingColumn, names: Iterable[str], row: Record | None) -> str:
    """Return the error's text with a suggestion, and the first row where there is one."""
    names = [name for name in names if name]
    meant = _sku_meant(names) if error.what == "sku" else _picture_meant(names, row)
    lines = [str(error)]
    if meant is not None:
        name = printable(meant)
        lines.append(f"Did you mean {name!r}? Then add {error.option} {shlex.quote(name)}")
    if row is not None:
        shown = [
            f"{printable(name)} = {value!r:.50}"
            for name, value in row.values.items()
            if name and value not in (None, "")
        ]
        lines.append(f"The first row: {'; '.join(shown[:8]) or 'empty'}")
    lines.append("`colourway feed-check` shows how a feed is read")
    return "\n".join(lines)


def _sku_meant(names: list[str]) -> str | None:
    by_key = {key(name): name for name in reversed(names)}
    found = next((by_key[word] for word in SKU_WORDS if word in by_key), None)
    return found or _close(names, USUAL_NAMES["sku"])


def _picture_meant(names: list[str], row: Record | None) -> str | None:
    told = [name for name in names if PICTURE_WORDS.search(key(name))]
    if row is not None:
        holding = [name for name in names if _holds_picture(row.values.get(name))]
        both = [name for name in told if name in holding]
        told = [*both, *holding, *told]
    return next(iter(told), None) or _close(names, (*MAIN_PICTURE, *FURTHER_PICTURES))


def _holds_picture(value: object) -> bool:
    try:
        return any(_PICTURE.search(address) for address in split_addresses(value))
    except ValueError:
        return False


def _close(names: list[str], known: Iterable[str]) -> str | None:
    keys = [key(each) for each in known]
    return next((name for name in names if get_close_matches(key(name), keys, 1, 0.8)), None)
