"""A PNG's chunks: those that make the picture for the decoder, those on its colours for us.

Decoders refuse a whole picture for one ancillary chunk with a wrong checksum, a large profile or a
method that they do not know. So they are given the critical chunks and tRNS alone; an ancillary
chunk that is broken is left out, as browsers do.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from worker.stages.decoding.cicp import BT_709, SRGB, colour_space, power
from worker.stages.decoding.colour_space import (
    D65,
    Chromaticity,
    ColourSpace,
    Primaries,
    srgb_light,
)

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_FOR_THE_DECODER: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT"})
_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
_MOST_PROFILE_BYTES: Final = 32 << 20
_MOST_EXIF_BYTES: Final = 1 << 20
_RAW_EXIF: Final = (b"Raw profile type exif", b"Raw profile type APP1")
"""How ImageMagick kept EXIF in a PNG before there was a chunk for it."""

_BLOCK_BYTES: Final = 1 << 20
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""Of Adam7: first column, first row, and the steps to the next (PNG, third edition, clause 8.2)."""

_SRGB_GAMMA: Final = 45455
_SAME_GAMMA: Final = 0.05
"""Within a twentieth of that of sRGB, gAMA means sRGB: nothing that was written by hand is nearer,
and libpng leaves such a picture as it is, too."""


class Chunk(NamedTuple):
    """One chunk; ``whole`` says that all of it is in the file, and its checksum with it."""

    kind: bytes
    content: bytes
    check: bytes
    whole: bool

    @property
    def ancillary(self) -> bool:
        """Whether a picture can do without it."""
        return bool(self.kind[0] & 0x20)


@dataclass(frozen=True)
class Png:
    """A PNG that was taken apart; ``ends`` says whether its closing chunk is there."""

    chunks: tuple[Chunk, ...]
    ends: bool

    def for_decoder(self) -> bytes:
        """Return the file without anything that does not make pixels, and with its end."""
        parts: list[bytes] = [_SIGNATURE]
        for kind, content, check, whole in self.chunks:
            if kind in _FOR_THE_DECODER:
                right = check if whole else _check(kind, content)
                parts += (struct.pack(">I", len(content)), kind, content, right)
        return b"".join((*parts, _END))

    @property
    def is_deep(self) -> bool:
        """Whether it has 16 bits a sample."""
        return (self._content(b"IHDR") or b"")[8:9] == b"\x10"

    def rows_are_whole(self) -> bool:
        """Whether the compressed stream holds every byte of every row; nothing is kept of it.

        It must come to its own end, and what there is of its checksum must fit: what somebody
        appended to half a picture may well inflate, too.
        """
        header = self._content(b"IHDR") or b""
        if len(header) < 13:
            return False
        needed, check = _row_bytes(header), 1
        rest = b"".join(chunk.content for chunk in self.chunks if chunk.kind == b"IDAT")[2:]
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            while not inflate.eof and needed > -_BLOCK_BYTES:
                some = inflate.decompress(rest, _BLOCK_BYTES)
                rest = inflate.unconsumed_tail
                if not some and not rest and not inflate.eof:
                    return False
                needed, check = needed - len(some), zlib.adler32(some, check)
        except zlib.error:
            return False
        told = inflate.unused_data[:4]
        # Half of the checksum is enough for us, and for Pillow; OpenCV, for 16 bits, wants it all.
        least = 4 if self.is_deep else 2
        return needed <= 0 and len(told) >= least and struct.pack(">I", check).startswith(told)

    def colours(self) -> ColourSpace | bytes | None:
        """Return what the numbers mean: a colour space, or an ICC profile; None for sRGB.

        Of several chunks the first of cICP, iCCP, sRGB, and gAMA with cHRM counts, as the third
        edition has it (clause 4.3).
        """
        coded = self._content(b"cICP") or b""
        if len(coded) == 4 and coded[2] == 0 and (space := _by_codes(coded)):
            return None if space == SRGB else space
        if embedded := self._embedded():
            return embedded
        if self._content(b"sRGB") is not None:
            return None
        return _by_numbers(self._content(b"gAMA") or b"", self._content(b"cHRM") or b"")

    def exif(self) -> bytes | None:
        """Return the EXIF block, also that of ImageMagick's text chunks."""
        told = self._content(b"eXIf")
        return told if told is not None else self._raw_exif()

    def _content(self, kind: bytes) -> bytes | None:
        return next((chunk.content for chunk in self.chunks if chunk.kind == kind), None)

    def _embedded(self) -> bytes | None:
        content = self._content(b"iCCP")
        _, _, rest = (content or b"").partition(b"\0")
        if not rest or rest[0] != 0:  # the only method there is
            return None
        return _inflated(rest[1:], _MOST_PROFILE_BYTES)

    def _raw_exif(self) -> bytes | None:
        for kind, content, *_ in self.chunks:
            name, _, rest = content.partition(b"\0")
            if kind not in (b"tEXt", b"zTXt") or name not in _RAW_EXIF:
                continue
            text = rest if kind == b"tEXt" else _inflated(rest[1:], 2 * _MOST_EXIF_BYTES)
            try:
                return bytes.fromhex(b"".join((text or b"").split(b"\n")[3:]).decode("ascii"))
            except ValueError:
                continue
        return None


def read_png(content: bytes) -> Png:
    """Take a PNG apart; never raises, whatever follows the signature.

    What is incomplete at the end of the file counts only if it holds pixels; broken ancillary
    chunks are left out.
    """
    chunks: list[Chunk] = []
    for chunk in _walk(content):
        if chunk.kind == b"IEND":
            return Png(tuple(chunks), ends=True)
        if chunk.whole or not chunk.ancillary:
            chunks.append(chunk)
    return Png(tuple(chunks), ends=False)


def _walk(content: bytes) -> Iterator[Chunk]:
    at = len(_SIGNATURE)
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if not kind.isalpha():
            return
        body = content[at + 8 : at + 8 + length]
        check = content[at + 8 + length : at + 12 + length]
        is_needed = not kind[0] & 0x20  # of these the decoder itself checks what it will
        right = len(check) == 4 and (is_needed or check == _check(kind, body))
        yield Chunk(kind, body, check, right)
        at += 12 + length


def _check(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))


def _row_bytes(header: bytes) -> int:
    """How many bytes the rows have, with the byte of each that names its filter."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", header)
    bits = depth * _CHANNELS.get(colour, 1)
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns = -(-max(width - left, 0) // across)
        rows = -(-max(height - top, 0) // down)
        total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return total


def _inflated(content: bytes, most: int) -> bytes | None:
    inflate = zlib.decompressobj()
    try:
        found = inflate.decompress(content, most)
    except zlib.error:
        return None
    return found if inflate.eof else None


def _by_codes(coded: bytes) -> ColourSpace | None:
    return colour_space(coded[0], coded[1], coded[3] != 0)


def _by_numbers(gamma: bytes, chromaticities: bytes) -> ColourSpace | None:
    exponent = struct.unpack(">I", gamma)[0] if len(gamma) == 4 else 0
    like_srgb = not exponent or abs(exponent / _SRGB_GAMMA - 1) <= _SAME_GAMMA
    light = srgb_light if like_srgb else power(100_000 / exponent)
    primaries, white = _chromaticities(chromaticities) or (BT_709, D65)
    if like_srgb and _nearly(primaries, white):
        return None
    return ColourSpace(primaries, white, light)


def _chromaticities(content: bytes) -> tuple[Primaries, Chromaticity] | None:
    if len(content) != 32:
        return None
    numbers = [number / 100_000 for number in struct.unpack(">8I", content)]
    white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
    return (red, green, blue), white


def _nearly(primaries: Primaries, white: Chromaticity) -> bool:
    """Whether these are the chromaticities of sRGB, but for how they were rounded."""
    told = np.array([*primaries, white])
    return bool(np.abs(told - np.array([*BT_709, D65])).max() < 0.002)
