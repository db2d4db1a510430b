"""What an AVIF says of its colours in a ``colr`` box of type ``nclx``, which no decoder heeds.

ISO/IEC 14496-12, 12.1.5, and 23008-12, 6.5.5 and 9.3. The matrix and the range of ``nclx`` belong
to the step from YUV to RGB and are the decoder's.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from worker.stages.decoding.cicp import SRGB, colour_space
from worker.stages.decoding.colour_space import ColourSpace

_NCLX: Final = b"nclx"
_WAY_TO_SAMPLES: Final = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_SAMPLE_ENTRY_BYTES: Final = 78
"""Of a visual sample entry, before the boxes that it holds (14496-12, 12.1.3.2)."""

Box = tuple[bytes, int, int]
"""Kind, and where its content begins and ends."""


class AvifColours(NamedTuple):
    """The colour space that the first picture's ``nclx`` names, and its bits a sample.

    ``space`` is None where it names none, or sRGB; of films ``bits`` is always 8.
    """

    space: ColourSpace | None = None
    bits: int = 8


def avif_colours(content: bytes) -> AvifColours:
    """Return what an AVIF says of its colours; never raises."""
    try:
        codes, bits = _of_item(content)
        codes = codes or _of_track(content)
    except (IndexError, struct.error):
        return AvifColours()
    space = colour_space(*codes) if codes else None
    return AvifColours(None if space == SRGB else space, bits)


def _of_item(content: bytes) -> tuple[tuple[int, int] | None, int]:
    codes, bits = None, 8
    for box in _properties(content):
        codes = codes or _codes(content, box)
        kind, start, end = box
        if kind == b"pixi" and end - start > 5:
            bits = content[start + 5]
    return codes, bits


def _properties(content: bytes) -> Iterator[Box]:
    """Yield the properties of the primary item."""
    meta = _find(_boxes(content, 0, len(content)), b"meta", 4)
    inside = list(_boxes(content, *meta)) if meta else []
    primary, properties = _find(inside, b"pitm"), _find(inside, b"iprp")
    if primary is None or properties is None:
        return
    wide = content[primary[0]] > 0
    item = struct.unpack_from(">I" if wide else ">H", content, primary[0] + 4)[0]
    inside = list(_boxes(content, *properties))
    container = _find(inside, b"ipco")
    held = list(_boxes(content, *container)) if container else []
    for kind, start, end in inside:
        if kind == b"ipma":
            for index in _associated(content, start, end, item):
                if 0 < index <= len(held):
                    yield held[index - 1]


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
