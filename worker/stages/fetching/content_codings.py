"""Content codings: from the bytes on the wire to those of the file (RFC 9110, section 8.4).

Plain bytes are asked for, and ``Content-Encoding`` is believed as far as the bytes bear it out:
servers name codings that they have not applied (``gzip``), that mean nothing outside of an upload
(``aws-chunked``), and that are none (``utf-8``). Bytes that are a file already are left alone.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Final

from worker.stages.decoding.sniff import EMPTY, GZIP, TEXT, UNKNOWN, sniff

MOST_CODINGS: Final = 4
MOST_MEMBERS: Final = 1000
"""How many gzip files in a row are one body. Tools that write several make them 64 KB each."""

_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZLIB: Final = frozenset({"gzip", "x-gzip", "deflate", "x-deflate"})
_BLOCK: Final = 1 << 16


class CodingError(Exception):
    """A body cannot be decoded; the message says why, as the end of a sentence."""


class UnreadCodingError(CodingError):
    """It is in a coding that is not read."""


class TooManyBytesError(CodingError):
    """It decodes to more bytes than are allowed."""


def codings_of(values: Iterable[str]) -> tuple[str, ...]:
    """The codings that ``Content-Encoding`` headers name, in the order in which they were applied.

    >>> codings_of(["aws-chunked, GZIP", "identity"])
    ('aws-chunked', 'gzip')
    """
    names = [name.strip().lower() for value in values for name in value.split(",")]
    return tuple(name for name in names if name not in ("", "identity"))


def decode_body(content: bytes, codings: Sequence[str], max_bytes: int) -> bytes:
    """Take off a body's codings, those that it really has.

    Args:
        content: the whole body.
        codings: as the server names them.
        max_bytes: no coding is let decode to more than one byte over it.

    Raises:
        UnreadCodingError: what is left is no known kind of file, and a coding is not read.
        TooManyBytesError: it decodes to more than ``max_bytes``.
        CodingError: its compression is damaged, or stops before its end.
    """
    if len(codings) > MOST_CODINGS:
        raise UnreadCodingError(f"is encoded {len(codings)} times")
    unread: list[str] = []
    for coding in reversed(codings):
        if _is_a_file(content):
            return content
        if coding in _ZLIB and content:
            content = _inflate(content, coding, max_bytes)
        elif content:
            unread.append(coding)
    if unread and not _is_a_file(content):
        raise UnreadCodingError(f"is encoded as {unread[0][:40]!r}")
    return content


def _is_a_file(content: bytes) -> bool:
    """Whether bytes are of a known format, and none that could be a coding of another one."""
    return sniff(content) not in (UNKNOWN, TEXT, GZIP, EMPTY)


def _inflate(content: bytes, coding: str, max_bytes: int) -> bytes:
    try:
        return _members(content, zlib.MAX_WBITS | 32, max_bytes)  # gzip or zlib, by their headers
    except zlib.error as error:
        if coding.endswith("deflate"):
            try:
                return _members(content, -zlib.MAX_WBITS, max_bytes)  # without any header
            except zlib.error:
                pass  # the first complaint tells more
        raise CodingError(str(error)) from error


def _members(content: bytes, window_bits: int, max_bytes: int) -> bytes:
    """Decompress one stream, or gzip files in a row; what stands behind them is padding."""
    decoded = bytearray()
    stream, members = zlib.decompressobj(window_bits), 1
    for start in range(0, len(content), _BLOCK):  # in blocks: the rest of one is copied each time
        block = content[start : start + _BLOCK]
        while block:
            if stream.eof:
                if not _GZIP_MAGIC.startswith(block[:2]) or members == MOST_MEMBERS:
                    return bytes(decoded)
                stream, members = zlib.decompressobj(window_bits), members + 1
            decoded += stream.decompress(block, max_bytes - len(decoded) + 1)
            if len(decoded) > max_bytes:
                raise TooManyBytesError("decompresses to more")
            block = stream.unconsumed_tail or stream.unused_data
    if not stream.eof:
        raise CodingError("it stops before its end")
    return bytes(decoded)
