"""A JPEG's markers: what kind it is, and whether all rows are there without its end mark."""

import io
import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

# Inside a scan, 0xFF is data when 0x00 follows, a restart mark when 0xD0..0xD7 does, and padding
# before another 0xFF. Anything else ends the scan.
_SCAN_END: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
START_OF_SCAN: Final = 0xDA
END_OF_IMAGE: Final = 0xD9
_RESTART_INTERVAL: Final = 0xDD
_END: Final = bytes((0xFF, END_OF_IMAGE))

_FRAMES: Final = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
LOSSLESS: Final = 0xC3
_UNREAD: Final = {
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "a hierarchical JPEG"),
    0xCB: "a lossless JPEG with arithmetic coding",
    0xF7: "a JPEG-LS",
}
_JUNK: Final = tuple(
    bytes((7 + start + step * index) % 255 for index in range(96))
    for start, step in ((0, 101), (64, 173), (128, 89), (191, 211))
)
"""What no picture holds: four runs of bytes that differ from the first bit on, without 0xFF."""
_MOST_JUNK_BYTES: Final = 16
"""So many last bytes may go before a picture must show it: no row that can be seen fits in them."""


class Segment(NamedTuple):
    """A marker, and where its content begins and ends."""

    marker: int
    start: int
    end: int


def segments(content: bytes) -> Iterator[Segment]:
    """Yield the segments up to the end mark, which comes as a segment of no bytes, or the end.

    Raises:
        struct.error: the file ends in the midst of a segment's length.
    """
    at = 2
    while (at := content.find(b"\xff", at)) >= 0:
        while at < len(content) and content[at] == 0xFF:
            at += 1
        marker = content[at] if at < len(content) else 0
        at += 1
        if marker == END_OF_IMAGE:
            yield Segment(marker, at, at)
            return
        if marker == 0 or marker in _STANDALONE:
            continue
        length = struct.unpack_from(">H", content, at)[0]
        yield Segment(marker, at + 2, at + length)
        at += length
        if marker == START_OF_SCAN:
            scan_end = _SCAN_END.search(content, at)
            if scan_end is None:
                return
            at = scan_end.start()


def frame_of(content: bytes) -> tuple[int, int]:
    """Return the marker of the first frame and its bits a sample; (0, 0) where there is none."""
    try:
        found = next((each for each in segments(content) if each.marker in _FRAMES), None)
        return (found.marker, content[found.start]) if found else (0, 0)
    except (IndexError, struct.error):
        return 0, 0


def part_wanted(side: int, wanted_side: int | None) -> int:
    """The part of its size at which a JPEG is decoded: one in 1, 2, 4 or 8.

    >>> part_wanted(4096, 2048), part_wanted(4095, 2048), part_wanted(60_000, 2048)
    (2, 1, 8)
    """
    if wanted_side is None:
        return 1
    return max(part for part in (1, 2, 4, 8) if part == 1 or side // part >= wanted_side)


def why_unread(content: bytes) -> str | None:
    """Return why no decoder here reads this kind of JPEG; None for the usual kinds."""
    marker, bits = frame_of(content)
    if marker in _UNREAD:
        return f"it is {_UNREAD[marker]}"
    # No more than 16 are possible: other numbers stand in damaged headers.
    return f"it has {bits} bits a sample" if 1 < bits <= 16 and bits != 8 else None


def with_end(content: bytes) -> bytes | None:
    """Return a JPEG that lacks its end mark with one, if all of its rows are there.

    Zeros at its end are taken for what was never written. To be called after the size of the
    picture was checked: it is decoded several times.
    """
    data = content.rstrip(b"\0")
    # A last 0xFF is half an end mark, or data whose 0x00 went with the zeros.
    bodies = (data.rstrip(b"\xff"), data + b"\0") if data.endswith(b"\xff") else (data,)
    for body in bodies:
        try:
            there = _has_all_scans(body) and _has_all_rows(body)
        except (IndexError, struct.error):
            continue
        if there and not _has_all_rows(body[:-_MOST_JUNK_BYTES]):
            return body + _END
    return None


def _has_all_scans(content: bytes) -> bool:
    """Whether every component has been sent, and each of its coefficients to the last bit."""
    needed: set[tuple[int, int]] = set()
    progressive = False
    for marker, start, _ in segments(content):
        if marker in _FRAMES:
            progressive = marker in _PROGRESSIVE
            names = (content[start + 6 + 3 * index] for index in range(content[start + 5]))
            needed |= {(name, each) for name in names for each in range(64 if progressive else 1)}
        elif marker == START_OF_SCAN:
            count = content[start]
            sent = {content[start + 1 + 2 * index] for index in range(count)}
            first, last, bits = content[start + 1 + 2 * count : start + 4 + 2 * count]
            if not progressive:
                first = last = 0
            if not progressive or not bits & 15:
                needed -= {(name, each) for name in sent for each in range(first, last + 1)}
    return not needed


def _has_all_rows(content: bytes) -> bool:
    """Whether a decoder that has got to the end of the data has no need of what follows.

    Where rows are missing, a decoder reads whatever follows as rows: the picture changes with it.
    """
    seen: bytes | None = None
    for tail in _tails(content):
        try:
            with Image.open(io.BytesIO(content + tail + _END), formats=("JPEG",)) as picture:
                pixels = np.asarray(picture).tobytes()
        except (OSError, SyntaxError, ValueError):
            return False
        if seen is not None and pixels != seen:
            return False
        seen = pixels
    return True


def _tails(content: bytes) -> Iterator[bytes]:
    """Yield nothing, and bits that a decoder in want of rows takes for some."""
    interval, scan_at = 0, 0
    for marker, start, end in segments(content):
        if marker == _RESTART_INTERVAL:
            interval = struct.unpack_from(">H", content, start)[0]
        elif marker == START_OF_SCAN:
            scan_at = end
    marks = len(_RESTART.findall(content, scan_at)) if interval else 0
    yield b""
    for junk in _JUNK:
        restarts = (bytes((0xFF, 0xD0 + (marks + more) % 8)) + junk for more in range(2))
        yield junk + b"".join(restarts) if interval else junk
