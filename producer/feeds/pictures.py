"""The address of a picture as a feed gives it, checked: a URL, or a file beside the feed."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from shared.errors import StorageError
from shared.redaction import show_url
from shared.storage.buckets import split_url

LONGEST_URL: Final = 8192
"""The most characters of one address."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# A host of letters, digits, dots and hyphens alone, as nearly all are: nothing in it can be wrong.
_PLAIN_HOST = re.compile(r"https?://[A-Za-z0-9.-]+(?:[/?#]|$)")
# What stands in a picture's column and is none: HTML, a formula, a word for nothing.
_NO_ADDRESS: Final = (
    (re.compile(r"<"), "is HTML, not an address"),
    (re.compile(r"="), "is a spreadsheet's formula, not an address"),
    (re.compile(r"www\.", re.IGNORECASE), "lacks its scheme; write https:// before it"),
    (
        re.compile(
            r"(?:n/?a|#n/a|none|null|nan|-+|no[ _-]?(?:image|picture|photo))$", re.IGNORECASE
        ),
        "is no address",
    ),
)
_PERHAPS: Final = " (if it is the end of a URL, give its beginning with --picture-base)"
_TWO_SCHEMES = re.compile(r"https?:/*https?:", re.IGNORECASE)


def check_address(address: str, folder: Path | None = None, base: str | None = None) -> str:
    """Return a picture's address as the ledger keeps it.

    ``http``, ``https`` and ``s3`` URLs stay as they are. Anything else is put behind ``base``, a
    URL, where that is given. Without it, where ``folder`` is given (embedded mode), the path of an
    existing file below that folder, or a ``file:`` URL of one, becomes a ``file:`` URL.

    Raises:
        ValueError: this is no address of a picture, or one that may not be used here.
    """
    if _PLAIN_HOST.match(address) and address.isprintable() and len(address) <= LONGEST_URL:
        return address  # as nearly all are
    if len(address) > LONGEST_URL:
        raise ValueError(f"the picture's URL is longer than {LONGEST_URL:,} characters")
    if _CONTROL.search(address):
        raise ValueError(f"the picture's URL holds a control character: {_shown(address)}")
    match = _SCHEME.match(address)
    scheme = match[0].lower() if match else ""
    if scheme in {"http", "https"}:
        if _TWO_SCHEMES.match(address):
            raise ValueError(f"{_shown(address)} is no URL: it names its scheme twice")
        _check_host(address)
        return address
    if scheme == "s3":
        return _checked_s3(address)
    if scheme and scheme != "file":
        raise ValueError(f"{_shown(address)}: pictures come by http, https or s3, not by {scheme}")
    if address.startswith("//"):
        raise ValueError(
            f"{_shown(address)} lacks its scheme; write https:{show_url(address)[:80]}"
        )
    if not scheme:
        _check_path(address)
        if base is not None:
            return check_address(f"{base.rstrip('/')}/{address.lstrip('/')}")
    if folder is None:
        alone = "local pictures are read by `colourway run` alone"
        raise ValueError(f"{_shown(address)} is no URL; {alone}{_PERHAPS}")
    return _local_address(address, folder)


def _shown(address: str) -> str:
    """An address for a message: quoted, short, and without what may be a secret in it."""
    return f"{show_url(address)!r:.80}"


def _checked_s3(address: str) -> str:
    try:
        _, key = split_url(address[:2].lower() + address[2:])
    except StorageError as error:
        raise ValueError(str(error)) from None
    if not key:
        raise ValueError(f"{_shown(address)} is not of the form s3://bucket/key")
    return address


def _check_path(address: str) -> None:
    for pattern, reason in _NO_ADDRESS:
        if pattern.match(address):
            raise ValueError(f"{_shown(address)} {reason}")


def _check_host(address: str) -> None:
    if _PLAIN_HOST.match(address):
        return  # that it holds marks which are not printed is its server's business
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname)
        _ = parts.port  # read, because a bad one raises only then
    except ValueError as error:
        raise ValueError(f"{_shown(address)} is no URL: {error}") from error
    if not has_host:
        raise ValueError(f"{_shown(address)} is no URL: it names no host")


def _local_address(address: str, folder: Path) -> str:
    if address[:5].lower() == "file:":
        parts = urlsplit(address)
        if parts.netloc not in {"", "localhost"}:
            raise ValueError(f"{_shown(address)} names a file on another machine")
        path = Path(unquote(parts.path))
    else:
        path = Path(address)
    root = folder.resolve()
    try:
        resolved = (root / path).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a lone surrogate
        raise ValueError(f"{_shown(address)} is no path: {error}") from error
    if not resolved.is_relative_to(root):
        raise ValueError(f"{_shown(address)} lies outside the feed's folder {root}{_PERHAPS}")
    if not _is_file(resolved):
        raise ValueError(f"{_shown(address)} is no URL, and no file in the feed's folder{_PERHAPS}")
    return resolved.as_uri()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file system takes
        return False
