"""The addresses of pictures as feeds hold them: one or several in a column, checked."""

import re
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote, urlsplit

LONGEST_URL: Final = 8192
"""The most characters of one address."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
# A bar always parts two addresses; a comma, a semicolon or a space may belong to an address, and
# parts two only where the next one visibly begins.
_BETWEEN = re.compile(r"\s*\|\s*|\s*[,;]\s*(?=(?:https?|s3|file):)|\s+(?=(?:https?|s3|file):)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# A host of letters, digits, dots and hyphens alone, as nearly all are: nothing in it can be wrong.
_PLAIN_HOST = re.compile(r"https?://[A-Za-z0-9.-]+(?:[/?#]|$)")


def split_addresses(value: object) -> list[str]:
    """Return the addresses in one field, in order; ``[]`` where there is none.

    Text may hold several, parted by ``|``, or by commas, semicolons or white space where the next
    one begins with a scheme. JSON and Parquet may hold a list of texts.

    Raises:
        ValueError: the field holds something else.

    >>> split_addresses("https://a.example/1,2.jpg, https://a.example/3.jpg")
    ['https://a.example/1,2.jpg', 'https://a.example/3.jpg']
    """
    if value is None:
        return []
    if isinstance(value, str):
        text = value.strip()
        return [part for part in _BETWEEN.split(text) if part] if text else []
    if isinstance(value, list):
        addresses: list[str] = []
        for entry in cast("list[object]", value):
            if entry is not None and not isinstance(entry, str):
                raise ValueError(f"expected a picture's URL, got {entry!r:.60}")
            if entry and entry.strip():
                addresses.append(entry.strip())
        return addresses
    raise ValueError(f"expected a picture's URL, got {value!r:.60}")


def check_address(address: str, folder: Path | None = None) -> str:
    """Return a picture's address as the ledger keeps it.

    ``http``, ``https`` and ``s3`` URLs stay as they are. Where ``folder`` is given (embedded mode),
    a path relative to it or a ``file:`` URL below it becomes a ``file:`` URL.

    Raises:
        ValueError: this is no address of a picture, or one that may not be used here.
    """
    if len(address) > LONGEST_URL:
        raise ValueError(f"the picture's URL is longer than {LONGEST_URL:,} characters")
    if _CONTROL.search(address):
        raise ValueError(f"the picture's URL holds a control character: {address!r:.80}")
    match = _SCHEME.match(address)
    scheme = match[0].lower() if match else ""
    if scheme in {"http", "https"}:
        _check_host(address)
        return address
    if scheme == "s3":
        bucket, _, key = address[5:].partition("/")
        if not address[2:].startswith("://") or not bucket or not key:
            raise ValueError(f"{address!r:.80} is not of the form s3://bucket/key")
        return address
    if scheme and scheme != "file":
        raise ValueError(f"{address!r:.80}: pictures come by http, https or s3, not by {scheme}")
    if address.startswith("//"):
        raise ValueError(f"{address!r:.80} lacks its scheme; write https:{address[:80]}")
    if folder is None:
        raise ValueError(
            f"{address!r:.80} is no URL; local pictures are read by `colourway run` alone"
        )
    return _local_address(address, folder)


def _check_host(address: str) -> None:
    if _PLAIN_HOST.match(address):
        return
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname)
        _ = parts.port  # read, because a bad one raises only then
    except ValueError as error:
        raise ValueError(f"{address!r:.80} is no URL: {error}") from error
    if not has_host:
        raise ValueError(f"{address!r:.80} is no URL: it names no host")


def _local_address(address: str, folder: Path) -> str:
    if address[:5].lower() == "file:":
        parts = urlsplit(address)
        if parts.netloc not in {"", "localhost"}:
            raise ValueError(f"{address!r:.80} names a file on another machine")
        path = Path(unquote(parts.path))
    else:
        path = Path(address)
    root = folder.resolve()
    try:
        resolved = (root / path).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise ValueError(f"{address!r:.80} is no path: {error}") from error
    if not resolved.is_relative_to(root):
        raise ValueError(f"{address!r:.80} lies outside the feed's folder {root}")
    return resolved.as_uri()
