"""What some bytes are, judged by the bytes alone: names and headers lie, magic numbers do not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HEAD_BYTES: Final = 4096


class Support(StrEnum):
    """What ``decode`` can do with a format."""

    DECODED = "decoded"
    UNDECODED = "undecoded"
    NO_IMAGE = "no image"


@dataclass(frozen=True, slots=True)
class Format:
    """A format by its media type, the name that messages use, and what can be done with it."""

    content_type: str
    name: str
    kind: Support


JPEG: Final = Format("image/jpeg", "a JPEG", Support.DECODED)
PNG: Final = Format("image/png", "a PNG", Support.DECODED)
GIF: Final = Format("image/gif", "a GIF", Support.DECODED)
WEBP: Final = Format("image/webp", "a WebP", Support.DECODED)
TIFF: Final = Format("image/tiff", "a TIFF", Support.DECODED)
BMP: Final = Format("image/bmp", "a BMP", Support.DECODED)
AVIF: Final = Format("image/avif", "an AVIF", Support.DECODED)

HEIC: Final = Format("image/heic", "a HEIC picture", Support.UNDECODED)
JPEG_XL: Final = Format("image/jxl", "a JPEG XL picture", Support.UNDECODED)
JPEG_2000: Final = Format("image/jp2", "a JPEG 2000 picture", Support.UNDECODED)
SVG: Final = Format("image/svg+xml", "an SVG drawing", Support.UNDECODED)
ICO: Final = Format("image/vnd.microsoft.icon", "an icon file", Support.UNDECODED)
PSD: Final = Format("image/vnd.adobe.photoshop", "a Photoshop file", Support.UNDECODED)

PDF: Final = Format("application/pdf", "a PDF document", Support.NO_IMAGE)
HTML: Final = Format("text/html", "an HTML page", Support.NO_IMAGE)
XML: Final = Format("application/xml", "an XML document", Support.NO_IMAGE)
JSON: Final = Format("application/json", "a JSON document", Support.NO_IMAGE)
ZIP: Final = Format("application/zip", "a ZIP archive", Support.NO_IMAGE)
GZIP: Final = Format("application/gzip", "gzip data", Support.NO_IMAGE)
MP4: Final = Format("video/mp4", "an MP4 or QuickTime film", Support.NO_IMAGE)
MATROSKA: Final = Format("video/webm", "a WebM or Matroska film", Support.NO_IMAGE)
TEXT: Final = Format("text/plain", "plain text", Support.NO_IMAGE)
EMPTY: Final = Format("application/x-empty", "an empty file", Support.NO_IMAGE)
UNKNOWN: Final = Format("application/octet-stream", "unknown data", Support.NO_IMAGE)

_PREFIXES: Final = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"%PDF-", PDF),
    (b"8BPS", PSD),
    (b"\xff\x0a", JPEG_XL),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", JPEG_XL),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", JPEG_2000),
    (b"\xff\x4f\xff\x51", JPEG_2000),
    (b"\x00\x00\x01\x00", ICO),
    (b"PK\x03\x04", ZIP),
    (b"\x1f\x8b", GZIP),
    (b"\x1a\x45\xdf\xa3", MATROSKA),
)
# Two letters alone would make a bitmap of any text that begins with "BM"; the size of the header
# that follows is one of these in every bitmap.
_BMP_HEADER_SIZES: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})

_PROLOGUE: Final = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.S)
_SVG_START: Final = re.compile(r"<(?:!doctype\s+svg|(?:\w+:)?svg)\b", re.I)
_HTML_START: Final = re.compile(r"<(?:!doctype\s+html|html|head|body|script|title|meta)\b", re.I)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff(content: bytes) -> Format:
    """Judge a file by its content.

    Args:
        content: the file, or at least its first 4096 bytes.

    Returns:
        The format; ``UNKNOWN`` where nothing fits, ``EMPTY`` for no bytes. Never raises.
    """
    if not content:
        return EMPTY
    for prefix, found in _PREFIXES:
        if content.startswith(prefix):
            return found
    tests: tuple[Callable[[bytes], Format | None], ...] = (_riff, _bitmap, _base_media, _text)
    for test in tests:
        if found := test(content):
            return found
    return UNKNOWN


def _riff(content: bytes) -> Format | None:
    return WEBP if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _bitmap(content: bytes) -> Format | None:
    header_size = int.from_bytes(content[14:18], "little")
    return BMP if content[:2] == b"BM" and header_size in _BMP_HEADER_SIZES else None


def _base_media(content: bytes) -> Format | None:
    """AVIF, HEIC and films share one container; the brands in its first box tell them apart."""
    if content[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(content[:4], "big"), HEAD_BYTES)
    brands = {content[8:12]} | {content[at : at + 4] for at in range(16, end, 4)}
    if brands & _AVIF_BRANDS:
        return AVIF
    return HEIC if brands & _HEIC_BRANDS else MP4


def _text(content: bytes) -> Format | None:
    text = _decoded_head(content)
    if text is None or _CONTROL.search(text):
        return None
    prologue = _PROLOGUE.match(text)
    body = text[prologue.end() :] if prologue else text
    if _SVG_START.match(body):
        return SVG
    if _HTML_START.match(body):
        return HTML
    if re.match(r"<\?xml\b", text.lstrip(), re.I):
        return XML
    if re.match(r'\{\s*["}]|\[\s*["{\[\]\d]', body):
        return JSON
    return HTML if re.match(r"<[a-z!][^<]*>", body, re.I) else TEXT


def _decoded_head(content: bytes) -> str | None:
    head = content[:HEAD_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore").lstrip("\ufeff")
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The cut at HEAD_BYTES may split a letter; a fault before that is no text.
        if error.start < len(head) - 3:
            return None
        return head[: error.start].decode("utf-8-sig")
