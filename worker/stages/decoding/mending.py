"""Files that lack no row, only what comes after: an end mark, or a byte of padding."""

import struct
from typing import Final

from worker.stages.decoding.jpeg import with_end
from worker.stages.decoding.png import read_png
from worker.stages.decoding.sniff import BMP, JPEG, PNG, WEBP, Format

_WEBP_PICTURES: Final = frozenset({b"VP8 ", b"VP8L"})
_WEBP_NEEDED: Final = frozenset({*_WEBP_PICTURES, b"VP8X", b"ICCP", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_HAS_EXIF, _WEBP_HAS_XMP = 0x08, 0x04
_MOST_BMP_PADDING: Final = 3


def mended(content: bytes, form: Format) -> bytes | None:
    """Return a cut-off file with what it lacks, if all rows of its first picture are there.

    Args:
        content: a file of which :func:`missing_end` says that it lacks something.
        form: its format as sniffed.

    Returns:
        A whole file; None where pixels are missing. A JPEG is decoded for it, and a PNG's pixels
        are inflated: check the size of the picture first.
    """
    if form is JPEG:
        return with_end(content)
    if form is PNG:
        png = read_png(content)
        return png.for_decoder() if png.rows_are_whole() else None
    return with_padding(content, form)


def with_padding(content: bytes, form: Format) -> bytes | None:
    """Return a WebP or a BMP with its last padding; None where more is missing."""
    try:
        if form is WEBP:
            return _webp(content)
        return _bmp(content) if form is BMP else None
    except (IndexError, struct.error):
        return None


def _webp(content: bytes) -> bytes | None:
    at, has_picture = 12, False
    cut = b""
    while at + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, at)
        if at + 8 + size > len(content):
            cut = kind
            break
        has_picture |= kind in _WEBP_PICTURES or kind == b"ANMF"
        at += 8 + size + size % 2
    if not has_picture or cut in _WEBP_NEEDED:
        return None
    whole = bytearray(content[:at].ljust(at, b"\0"))
    struct.pack_into("<I", whole, 4, at - 8)
    if cut and whole.startswith(
        b"VP8X", 12
    ):  # what is cut off describes the picture and is left out
        whole[20] &= ~(_WEBP_HAS_EXIF if cut == b"EXIF" else 0) & 0xFF
        whole[20] &= ~_WEBP_HAS_XMP & 0xFF
    return bytes(whole)


def _bmp(content: bytes) -> bytes | None:
    width, height = struct.unpack_from("<ii", content, 18)
    bits, compression = struct.unpack_from("<HI", content, 28)
    header_size, data_at = (
        *struct.unpack_from("<I", content, 14),
        *struct.unpack_from("<I", content, 10),
    )
    if header_size < 40 or compression:
        return None
    row = (width * bits + 31) // 32 * 4
    wanted = data_at + row * abs(height)
    padding = min(row - (width * bits + 7) // 8, _MOST_BMP_PADDING)
    return content.ljust(wanted, b"\0") if wanted - len(content) <= padding else None
