"""What a file is that is no feed, told from its first bytes, and what to do with it instead."""

import re
import zipfile
from contextlib import suppress
from typing import BinaryIO, Final

from shared.printable import printable

XLSX_PART: Final = "xl/workbook.xml"
"""What an archive holds that is an Excel workbook."""

_ZIP: Final = b"PK\x03\x04"
_KINDS: Final = (
    (b"BZh", "is packed with bzip2; unpack it with bunzip2, or pack it with gzip"),
    (b"\xfd7zXZ\x00", "is packed with xz; unpack it with unxz, or pack it with gzip"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd; unpack it with unzstd, or pack it with gzip"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive; unpack it first"),
    (b"Rar!\x1a\x07", "is a RAR archive; unpack it first"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "is an old Excel workbook (.xls) or another old Office file; save it as .xlsx or CSV",
    ),
    (b"%PDF-", "is a PDF document; export the products as CSV"),
    (b"{\\rtf", "is a document in RTF; export the products as CSV"),
    (b"SQLite format 3\x00", "is an SQLite database; export its table as CSV"),
    (b"Obj\x01", "is an Avro file; save it as Parquet or JSON Lines"),
    (b"ORC", "is an ORC file; save it as Parquet or JSON Lines"),
    (b"\x89PNG\r\n", "is a picture; `colourway picture` looks at one"),
    (b"\xff\xd8\xff", "is a picture; `colourway picture` looks at one"),
    (b"GIF8", "is a picture; `colourway picture` looks at one"),
    (b"RIFF", "is a picture or a sound; `colourway picture` looks at one picture"),
)
_HTML: Final = re.compile(
    rb"(?>(?:(?><!--.*?-->)|\s+|\xef\xbb\xbf)*)<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_zip(beginning: bytes) -> bool:
    """Say whether a file begins as a ZIP archive does, which an xlsx workbook is, too."""
    return beginning.startswith(_ZIP)


def no_feed(beginning: bytes) -> str | None:
    """Return what a file is that cannot be a feed, as an end of a sentence; None for any other."""
    if _HTML.match(beginning):
        return "is an HTML page, perhaps of a login or an error; download the feed itself"
    return next((what for mark, what in _KINDS if beginning.startswith(mark)), None)


def utf16_without_mark(beginning: bytes) -> str | None:
    """Return the encoding of text in UTF-16 that lacks its byte order mark; None for any other."""
    if len(beginning) < 8 or beginning[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    length = len(beginning) // 2
    for encoding, nul in (("utf-16-le", beginning[1::2]), ("utf-16-be", beginning[0::2])):
        other = beginning[0::2] if encoding == "utf-16-le" else beginning[1::2]
        if nul.count(0) > 0.7 * length and other.count(0) < 0.1 * length:
            return encoding
    return None


def holds(file: BinaryIO, part: str) -> bool:
    """Say whether an archive holds this part."""
    with suppress(zipfile.BadZipFile, OSError, ValueError), zipfile.ZipFile(file) as archive:
        return part in archive.namelist()
    return False


def describe_zip(file: BinaryIO) -> str:
    """Say what an archive holds, as an end of a sentence."""
    names: list[str] = []
    with suppress(zipfile.BadZipFile, OSError, ValueError), zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return "is an Office document; export the products as CSV or .xlsx"
    if "content.xml" in names:
        return "is an OpenDocument file (.ods); save it as .xlsx or CSV"
    if not names:
        return "is a ZIP archive; unpack it first"
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"is a ZIP archive, which holds {printable(names[0])[:80]!r}{more}; unpack it first"
