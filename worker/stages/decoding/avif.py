"""What an AVIF says of its colours in a ``colr`` box of type ``nclx``, which no decoder heeds.

ISO/IEC 14496-12, 12.1.5, and 23008-12, 6.5.5 and 9.3. The matrix and the range of ``nclx`` belong
to the step from YUV to RGB and are the decoder's.
"""

import struct
from collections.abc import Iterator
from typing import Final

from worker.stages.decoding.cicp import SRGB, colour_space

_NCLX: Final = b"nclx"
_WAY_TO_SAMPLES: Final = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_SAMPLE_ENTRY_BYTES: Final = 78
"""Of a visual sample entry, before the boxes that it holds (14496-12, 12.1.3.2)."""

Box = tuple[bytes, int, int]
"""Kind, and where its content begins and ends."""


def nclx_profile(content: bytes) -> bytes | None:
    """Return an ICC profile of the colours that the first picture's ``nclx`` names.

    None where it names none, or sRGB; never raises.
    """
    try:
        codes = _of_item(content) or _of_track(content)
    except (IndexError, struct.error):
        return None
    space = colour_space(*codes) if codes else None
    return None if space is None or space == SRGB else space.profile()


def _of_item(content: bytes) -> tuple[int, int] | None:
    meta = _find(_boxes(content, 0, len(content)), b"meta", 4)
    if meta is None:
        return None
    inside = list(_boxes(content, *meta))
    primary = _find(inside, b"pitm")
    properties = _find(inside, b"iprp")
    if primary is None or properties is None:
        return None
    wide = content[primary[0]] > 0
    item = struct.unpack_from(">I" if wide else ">H", content, primary[0] + 4)[0]
    inside = list(_boxes(content, *properties))
    container = _find(inside, b"ipco")
    if container is None:
        return None
    held = list(_boxes(content, *container))
    for kind, start, end in inside:
        if kind == b"ipma":
            for index in _associated(content, start, end, item):
                if 0 < index <= len(held) and (codes := _codes(content, held[index - 1])):
                    return codes
    return None


def _associated(content: bytes, start: int, end: int, item: int) -> Iterator[int]:
    version, wide_index = content[start], content[start + 3] & 1
    count = struct.unpack_from(">I", content, start + 4)[0]
    at = start + 8
    for _ in range(count):
        if at >= end:
            return
        found = struct.unpack_from(">I" if version else ">H", content, at)[0]
        at += 4 if version else 2
        links = content[at]
        at += 1
        for _ in range(links):
            if found == item:  # the top bit says whether a reader must know the property
                index = struct.unpack_from(">H" if wide_index else ">B", content, at)[0]
                yield index & (0x7FFF if wide_index else 0x7F)
            at += 2 if wide_index else 1


def _of_track(content: bytes) -> tuple[int, int] | None:
    box = _find(_boxes(content, 0, len(content)), b"moov")
    for kind in _WAY_TO_SAMPLES:
        box = _find(_boxes(content, *box), kind, 8 * (kind == b"stsd")) if box else None
    entry = next(_boxes(content, *box), None) if box else None
    if entry is None:
        return None
    for inner in _boxes(content, entry[1] + _SAMPLE_ENTRY_BYTES, entry[2]):
        if codes := _codes(content, inner):
            return codes
    return None


def _codes(content: bytes, box: Box) -> tuple[int, int] | None:
    kind, start, end = box
    if kind != b"colr" or content[start : start + 4] != _NCLX or end - start < 8:
        return None
    return struct.unpack_from(">HH", content, start + 4)


def _find(boxes: Iterator[Box] | list[Box], kind: bytes, skip: int = 0) -> tuple[int, int] | None:
    """Return where the first box of a kind has its content, behind ``skip`` bytes of header."""
    return next(((start + skip, end) for found, start, end in boxes if found == kind), None)


def _boxes(content: bytes, at: int, end: int) -> Iterator[Box]:
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", content, at)
        header = 8
        if size == 1:
            size, header = struct.unpack_from(">Q", content, at + 8)[0], 16
        if size == 0:
            size = end - at
        if size < header:
            return
        yield kind, at + header, min(at + size, end)
        at += size
