"""Whether a picture file goes on to its own end.

Decoders are lenient: a JPEG cut in half decodes to a picture whose lower half is grey. So the
structure is walked first, without decoding anything, to the mark or the byte that each format
says is its last. A file that was cut and then given an end mark by another program looks whole; of
one that lacks nothing but its end :mod:`~worker.stages.decoding.mending` knows more.
"""

import struct
from typing import Final

from worker.stages.decoding.jpeg import END_OF_IMAGE, segments
from worker.stages.decoding.sniff import AVIF, BMP, GIF, JPEG, PNG, TIFF, WEBP, Format
from worker.stages.decoding.tiff import read_tags

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
    ended = any(each.marker == END_OF_IMAGE for each in segments(content))
    return None if ended else "its end-of-image mark"


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
    if declared > len(content):
        return f"{declared - len(content)} of {declared} bytes"
    return "its last byte of padding" if declared % 2 else None


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
    missing, wanted = read_tags(content).missing_bytes(len(content))
    return f"{missing} of {wanted} bytes" if missing else None


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
