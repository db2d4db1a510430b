"""One cell's addresses of pictures: alone, several in a text, or a list as programs write it."""

import ast
import csv
import json
import re
from typing import Final, cast

from producer.feeds.cells import INVISIBLE

LONGEST_LIST: Final = 65_536
"""The most characters of a cell that is read as a list in JSON or Python."""

ADDRESS_KEYS: Final = ("url", "src", "link", "image_url", "image_link", "imageUrl", "href")
"""Where an object that stands for a picture holds its address, best first."""

# One address and nothing else, as nearly all cells hold: no list, no quotes, no white space.
_ALONE = re.compile(rf"https?://[^\s|,;~\"'<>\[\]{{}}\\{INVISIBLE}]+")
_SCHEME = r"(?:(?:https?|s3|file):|[a-z][a-z0-9+.-]*://|//)"
# A comma, a semicolon, a space may belong to an address, and part two only where the next one
# visibly begins. A bar does where the first one has no scheme; it may stand in a query.
_BETWEEN = re.compile(
    rf"[\"']?\s*[|,;~]\s*[\"']?(?={_SCHEME})|\s*[|,;~]\s*$|\s+(?:and\s+)?(?={_SCHEME})",
    re.IGNORECASE,
)
_BAR = re.compile(r"\s*\|\s*")
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_QUOTES: Final = "\"'"
_AT_ENDS: Final = INVISIBLE + " \t\r\n\xa0"


def split_addresses(value: object) -> list[str]:
    """Return the addresses in one cell, in order; ``[]`` where there is none.

    Text may hold several, parted by ``|``, or by ``,``, ``;``, ``~`` or white space where the next
    one begins with a scheme; or a list in the spelling of JSON, Python or PostgreSQL. JSON and
    Parquet may hold a list of texts, or of objects with a ``url``.

    Raises:
        ValueError: the cell holds something else.

    >>> split_addresses("https://a.example/1,2.jpg, https://a.example/3.jpg")
    ['https://a.example/1,2.jpg', 'https://a.example/3.jpg']
    >>> split_addresses("['https://a.example/1.jpg']")
    ['https://a.example/1.jpg']
    """
    if isinstance(value, str):
        return [value] if _ALONE.fullmatch(value) else _of_text(value)
    if value is None or value != value:  # noqa: PLR0124 - NaN, whatever its type
        return []
    if isinstance(value, bytes):
        return split_addresses(value.decode("utf-8", "surrogateescape"))
    if isinstance(value, list):
        return [
            address
            for entry in cast("list[object]", value)
            if entry is not None
            for address in _of_entry(entry)
        ]
    return _of_entry(value)


def _of_entry(entry: object) -> list[str]:
    """An element of a list is one address, which may hold anything, or an object around one."""
    if isinstance(entry, bytes):
        entry = entry.decode("utf-8", "surrogateescape")
    if isinstance(entry, dict):
        known = cast("dict[object, object]", entry)
        found = next((known[key] for key in ADDRESS_KEYS if isinstance(known.get(key), str)), None)
        if found is None:
            raise ValueError(f"expected a picture's URL, got {entry!r:.60}")
        entry = found
    if not isinstance(entry, str):
        raise ValueError(f"expected a picture's URL, got {entry!r:.60}")
    address = entry.strip(_AT_ENDS)
    return [address] if address else []


def _of_text(text: str) -> list[str]:
    text = _unquoted(text.strip(_AT_ENDS))
    if not text:
        return []
    if text[0] in "[{" and (listed := _listed(text)) is not None:
        return split_addresses(listed)
    quoted = text[0] in _QUOTES
    bare = text.lstrip(_QUOTES)
    parts = (_BETWEEN if _HAS_SCHEME.match(bare) or bare.startswith("//") else _BAR).split(text)
    parts = [part.strip(_QUOTES if quoted else "").strip(_AT_ENDS) for part in parts]
    return [part for part in parts if part]


def _unquoted(text: str) -> str:
    """Take quotes around an address off, and what parts addresses at its end."""
    text = text.rstrip(",;| \t")
    while len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES and text.count(text[0]) == 2:
        text = text[1:-1].strip(_AT_ENDS)
    return text


def _listed(text: str) -> object | None:
    """Read a list as JSON, Python or PostgreSQL spell it; None where it is none."""
    if len(text) > LONGEST_LIST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        found: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        found = None
    if isinstance(found, list | dict):
        return found
    return next(csv.reader([text[1:-1]]), None) if text[0] == "{" and text[-1] == "}" else None
