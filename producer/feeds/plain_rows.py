"""Rows of plain texts, which nearly all are, read at once; every other row is read cell by cell."""

import re
from collections.abc import Callable
from operator import itemgetter
from typing import Final

from producer.feeds.cells import INVISIBLE, LONGEST_TEXT, NOTHING
from producer.feeds.columns import FoundColumns
from producer.feeds.pictures import LONGEST_URL
from producer.feeds.product import FeedPicture, FeedProduct
from producer.feeds.record import Record
from shared.contracts.jobs import LONGEST_NAME

ReadPlain = Callable[[Record], FeedProduct | None]

LONGEST_NOTHING: Final = max(map(len, NOTHING))

# One address of a host that cannot be wrong: neither a list nor quotes, brackets or white space.
_ADDRESS = re.compile(
    rf"https?://[A-Za-z0-9.-]+(?:[/?#][^\s|,;~\"'<>\[\]{{}}\\{INVISIBLE}]*)?"
).fullmatch


def plain_reader(found: FoundColumns) -> ReadPlain:
    """Return what reads rows of these columns, and gives None for a row that is not plain.

    What it gives is what reading cell by cell gives too.
    """
    given = (found.title, found.category, found.item_group, found.merchant_colour)
    if len(found.pictures) != 1 or found.position or found.role:
        return lambda record: None
    places = [place for place, name in enumerate(given) if name is not None]
    names = [name for name in given if name is not None]
    cells = itemgetter(found.sku, found.pictures[0].name, *names)
    role = found.pictures[0].role

    def read(record: Record) -> FeedProduct | None:
        try:
            sku, address, *texts = row = cells(record.values)
            whole: str = "".join(row)
        except (KeyError, TypeError):  # a cell is missing, or holds no text
            return None
        if not whole.isprintable() or len(whole) > LONGEST_TEXT:
            return None
        sku = sku.strip()
        if not LONGEST_NOTHING < len(sku) <= LONGEST_NAME:
            return None
        if len(address) > LONGEST_URL or not _ADDRESS(address):
            return None
        given_texts: list[str | None] = [None, None, None, None]
        for place, cell in zip(places, texts, strict=True):
            text = cell.strip()
            if len(text) > LONGEST_NOTHING or (text and text.casefold() not in NOTHING):
                given_texts[place] = text
        title, category, group, colour = given_texts
        pictures = [FeedPicture(address, role)]
        return FeedProduct(record.line, sku, title, category, group, colour, pictures)

    return read
