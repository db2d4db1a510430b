"""A TIFF's tags: what kind of TIFF it is, and the planes that Pillow reads wrongly."""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, STRIP_BYTES, PLANAR = 273, 274, 277, 279, 284
TILE_OFFSETS, TILE_BYTES, INKS, EXTRA, SAMPLE_FORMAT = 324, 325, 332, 338, 339
_WANTED: Final = frozenset({
    WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIP_OFFSETS, ORIENTATION, SAMPLES,
    STRIP_BYTES, PLANAR, TILE_OFFSETS, TILE_BYTES, INKS, EXTRA, SAMPLE_FORMAT,
})  # fmt: skip
_TYPE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 16: 8}
_INTEGERS: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}

_RGB, _SEPARATED, _CIELAB = 2, 5, 8
_SPACES: Final = {
    0: "grey", 1: "grey", 2: "RGB", 3: "a palette", 5: "CMYK", 6: "YCbCr", 8: "CIELab",
    9: "ICC Lab", 10: "ITU Lab", 32803: "a camera's raw mosaic", 32844: "LogL", 32845: "LogLuv",
    34892: "a camera's raw colours",
}  # fmt: skip
_COMPRESSIONS: Final = {
    33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000",
    22610: "JPEG XR", 34934: "JPEG XR", 50002: "JPEG XL", 52546: "JPEG XL", 34933: "PNG",
    34887: "LERC", 34661: "JBIG", 34676: "SGI LogLuv", 34677: "SGI LogLuv", 34892: "lossy DNG",
    50001: "WebP",
}  # fmt: skip
_FORMATS: Final = {2: "signed whole numbers", 3: "floating-point numbers", 5: "complex numbers",
                   6: "complex numbers"}  # fmt: skip
_UNSPECIFIED, _PREMULTIPLIED = 0, 1


@dataclass(frozen=True)
class Tags:
    """Tags of the first directory, each with its values; ``order`` is ``<`` or ``>``."""

    order: str
    values: dict[int, tuple[int, ...]]

    def first(self, tag: int, default: int) -> int:
        """Return the first value of a tag."""
        return (self.values.get(tag) or (default,))[0]

    @property
    def bits(self) -> tuple[int, ...]:
        """Bits of each sample."""
        return self.values.get(BITS) or (1,)

    @property
    def is_planar_sixteen(self) -> bool:
        """Whether its colours lie in planes of 16 bits a sample."""
        several = self.first(SAMPLES, 1) > 1
        return self.first(PLANAR, 1) == 2 and several and set(self.bits) == {16}

    @property
    def is_uncompressed(self) -> bool:
        """Whether its samples lie in the file as they are."""
        return self.first(COMPRESSION, 1) == 1

    @property
    def has_pixels(self) -> bool:
        """Whether it says how large the picture is, and where."""
        places = self.values.get(STRIP_OFFSETS) or self.values.get(TILE_OFFSETS)
        return self.first(WIDTH, 0) > 0 and self.first(HEIGHT, 0) > 0 and bool(places)

    def missing_bytes(self, size: int) -> tuple[int, int]:
        """Return how many bytes the pixels' places lack in a file of ``size``, of how many."""
        offsets = self.values.get(STRIP_OFFSETS) or self.values.get(TILE_OFFSETS) or ()
        lengths = self.values.get(STRIP_BYTES) or self.values.get(TILE_BYTES) or ()
        wanted = max((at + n for at, n in zip(offsets, lengths, strict=False)), default=0)
        return max(wanted - size, 0), wanted

    def kind(self) -> str:
        """Return what kind of TIFF it is, in words."""
        photometric = self.first(PHOTOMETRIC, 1)
        space = _SPACES.get(photometric, f"colours of kind {photometric}")
        alpha = {1, 2} & set(self.values.get(EXTRA, ()))
        bits = " ".join(map(str, sorted(set(self.bits))))
        return f"{space}{' with alpha' if alpha else ''}, {bits} bits a sample"

    def why_unread(self) -> str | None:
        """Return why no decoder here reads this kind rightly; None for the usual kinds."""
        compression = self.first(COMPRESSION, 1)
        if compression in _COMPRESSIONS:
            return f"it is compressed by {_COMPRESSIONS[compression]}"
        if number := _FORMATS.get(self.first(SAMPLE_FORMAT, 1)):
            return f"its pixels are {number}"
        photometric, extra = self.first(PHOTOMETRIC, 1), self.values.get(EXTRA, ())
        planar = self.first(PLANAR, 1) == 2
        unread = (
            photometric not in (0, 1, 2, 3, 5, 6, 8)
            or (photometric == _CIELAB and (set(self.bits) != {8} or planar or extra))
            or (photometric == _SEPARATED and {1, 2} & set(extra))
            or (photometric == _SEPARATED and self.first(INKS, 1) != 1)
            or (planar and extra and not self._is_plain_planes())
            or (self.is_planar_sixteen and not self._is_rgb_planes())
        )
        planes = ", in planes" if planar else ""
        return f"it holds {self.kind()}{planes}" if unread else None

    def _is_rgb_planes(self) -> bool:
        """Whether :func:`planes` reads its 16 bits, or Pillow does: it does where libtiff must."""
        is_rgb = self.first(PHOTOMETRIC, 1) == _RGB and self.first(SAMPLES, 1) == 3
        return self._is_plain_planes() or (is_rgb and not self.is_uncompressed)

    def _is_plain_planes(self) -> bool:
        """Whether its planes are those of RGB, with straight alpha or none, and easily read."""
        extra = self.values.get(EXTRA, ())
        if self.first(PHOTOMETRIC, 1) != _RGB or self.first(SAMPLES, 1) not in (3, 4):
            return False
        if set(self.bits) == {8}:
            return extra in ((), (2,))
        in_strips = self.is_uncompressed and STRIP_OFFSETS in self.values
        return in_strips and _PREMULTIPLIED not in extra


def read_tags(content: bytes) -> Tags:
    """Read the tags that say where the pixels lie, and what they are.

    Raises:
        IndexError: the values of a tag lie outside the file.
        struct.error: the directory does.
    """
    order = "<" if content[:2] == b"II" else ">"
    big = content[2:4] in (b"+\x00", b"\x00+")
    word, count_code, entry_bytes = ("Q", "Q", 20) if big else ("I", "H", 12)
    directory = struct.unpack_from(order + word, content, 8 if big else 4)[0]
    count = struct.unpack_from(order + count_code, content, directory)[0]
    first = directory + struct.calcsize(order + count_code)
    values: dict[int, tuple[int, ...]] = {}
    for at in range(first, first + min(count, 65535) * entry_bytes, entry_bytes):
        tag, kind, length = struct.unpack_from(f"{order}HH{word}", content, at)
        value_at = at + 4 + struct.calcsize(order + word)
        size = _TYPE_BYTES.get(kind, 1) * length
        if size > struct.calcsize(order + word):
            value_at = struct.unpack_from(order + word, content, value_at)[0]
        if value_at + size > len(content):
            raise IndexError(f"the values of tag {tag}")
        if tag in _WANTED:
            code = _INTEGERS[_TYPE_BYTES.get(kind, 1)]
            values.setdefault(tag, struct.unpack_from(f"{order}{length}{code}", content, value_at))
    return Tags(order, values)


def planes(content: bytes, tags: Tags) -> npt.NDArray[np.uint16]:
    """Read uncompressed planes of 16 bits, of which Pillow makes stripes.

    Returns:
        uint16 (H, W, 3), or (H, W, 4) where the fourth is alpha.

    Raises:
        ValueError: the strips do not hold the planes.
    """
    height, width = tags.first(HEIGHT, 0), tags.first(WIDTH, 0)
    count = tags.first(SAMPLES, 1)
    offsets, lengths = tags.values[STRIP_OFFSETS], tags.values[STRIP_BYTES]
    strips = b"".join(content[at : at + n] for at, n in zip(offsets, lengths, strict=False))
    if len(strips) != height * width * count * 2:
        raise ValueError("its strips do not hold its planes")
    stored = np.frombuffer(strips, f"{tags.order}u2").reshape(count, height, width)
    kept = 3 if tags.first(EXTRA, 2) == _UNSPECIFIED else count
    return np.moveaxis(stored[:kept], 0, -1).astype(np.uint16)
