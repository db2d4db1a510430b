"""Whether a picture file goes on to its own end.

Decoders are lenient: a JPEG cut in half decodes to a picture whose lower half is grey. So the
structure is walked first, without decoding anything, to the mark or the byte that each format
says is its last. A file that was cut and then given an end mark by another program looks whole.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final

from worker.stages.decoding.sniff import AVIF, BMP, GIF, JPEG, PNG, TIFF, WEBP, Format

# Inside a scan, 0xFF is data when 0x00 follows, a restart mark when 0xD0..0xD7 does, and padding
# before another 0xFF. Anything else ends the scan.
_SCAN_END: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9

_TIFF_TYPE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 16: 8}
_STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES = 273, 279, 324, 325
_BOXES: Final = frozenset(
    b"ftyp styp meta mdat moov moof mfra free skip wide uuid pdin sidx".split()
)


def missing_end(content: bytes, form: Format) -> str | None:
    """Say what a cut-off file lacks.

    Args:
        content: the file.
        form: its format as sniffed.

    Returns:
        A phrase such as ``"its end-of-image mark"``; None when the file reaches its end, or when
        nothing in its structure says where that is. For animations and multi-page files only the
        first picture counts. Never raises.
    """
    walk = _WALKS.get(form.content_type)
    if walk is None:
        return None
    try:
        return walk(content)
    except (IndexError, struct.error):
        return "part of its header"


def _jpeg(content: bytes) -> str | None:
    at = 2
    while True:
        at = content.find(b"\xff", at)
        if at < 0:
            return "its end-of-image mark"
        while content[at] == 0xFF:
            at += 1
        marker = content[at]
        at += 1
        if marker == _END_OF_IMAGE:
            return None
        if marker == 0 or marker in _STANDALONE:
            continue
        at += struct.unpack_from(">H", content, at)[0]
        if marker == _START_OF_SCAN:
            scan_end = _SCAN_END.search(content, at)
            if scan_end is None:
                return "its end-of-image mark"
            at = scan_end.start()


def _png(content: bytes) -> str | None:
    at = 8
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        at += 12 + length
        if kind == b"IEND":
            break
    else:
        return "its closing chunk"
    return "its closing chunk" if at > len(content) else None


def _webp(content: bytes) -> str | None:
    declared = struct.unpack_from("<I", content, 4)[0] + 8
    return None if declared <= len(content) else f"{declared - len(content)} of {declared} bytes"


def _gif(content: bytes) -> str | None:
    flags = content[10]
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    while True:
        introducer = content[at]
        if introducer == 0x3B:
            return None
        if introducer == 0x21:
            at = _after_blocks(content, at + 2)
        elif introducer == 0x2C:
            flags = content[at + 9]
            at += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
            _after_blocks(content, at)
            return None
        else:
            at += 1


def _after_blocks(content: bytes, at: int) -> int:
    while length := content[at]:
        at += 1 + length
    return at + 1


def _bmp(content: bytes) -> str | None:
    data_at, header_size = struct.unpack_from("<II", content, 10)
    if header_size < 40:
        width, height, _, bits = struct.unpack_from("<HHHH", content, 18)
        compression = 0
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", content, 18)
    if compression in (1, 2):  # run lengths: only the decoder knows where they end
        return None
    wanted = data_at + (width * bits + 31) // 32 * 4 * abs(height)
    return None if wanted <= len(content) else f"{wanted - len(content)} of {wanted} bytes"


def _tiff(content: bytes) -> str | None:
    order = "<" if content[:2] == b"II" else ">"
    big = content[2:4] in (b"+\x00", b"\x00+")
    values = dict(_tiff_values(content, order, big))
    offsets = values.get(_STRIP_OFFSETS) or values.get(_TILE_OFFSETS) or ()
    lengths = values.get(_STRIP_BYTES) or values.get(_TILE_BYTES) or ()
    wanted = max((at + n for at, n in zip(offsets, lengths, strict=False)), default=0)
    return None if wanted <= len(content) else f"{wanted - len(content)} of {wanted} bytes"


def _tiff_values(content: bytes, order: str, big: bool) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Tag and values of the first directory's entries that say where the pixels lie."""
    word, count_code, entry_bytes = ("Q", "Q", 20) if big else ("I", "H", 12)
    directory = struct.unpack_from(order + word, content, 8 if big else 4)[0]
    count = struct.unpack_from(order + count_code, content, directory)[0]
    first = directory + struct.calcsize(order + count_code)
    for at in range(first, first + min(count, 65535) * entry_bytes, entry_bytes):
        tag, kind, length = struct.unpack_from(f"{order}HH{word}", content, at)
        value_at = at + 4 + struct.calcsize(order + word)
        size = _TIFF_TYPE_BYTES.get(kind, 1) * length
        if size > struct.calcsize(order + word):
            value_at = struct.unpack_from(order + word, content, value_at)[0]
        if value_at + size > len(content):
            raise IndexError(f"the values of tag {tag}")
        if tag in (_STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES):
            code = {1: "B", 2: "H", 4: "I", 8: "Q"}[_TIFF_TYPE_BYTES.get(kind, 1)]
            yield tag, struct.unpack_from(f"{order}{length}{code}", content, value_at)


def _avif(content: bytes) -> str | None:
    at = 0
    kinds: set[bytes] = set()
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if kind not in _BOXES:  # something appended that is no box
            break
        kinds.add(kind)
        if size == 1:
            size = struct.unpack_from(">Q", content, at + 8)[0]
        if size == 0:  # the box goes on to the end of the file, wherever that is
            break
        at += max(size, 8)
    if at > len(content):
        return f"{at - len(content)} of {at} bytes"
    return None if b"mdat" in kinds or b"idat" in content else "its picture data"


_WALKS: Final = {
    JPEG.content_type: _jpeg,
    PNG.content_type: _png,
    WEBP.content_type: _webp,
    GIF.content_type: _gif,
    BMP.content_type: _bmp,
    TIFF.content_type: _tiff,
    AVIF.content_type: _avif,
}
