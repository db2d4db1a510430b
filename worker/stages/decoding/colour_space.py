"""A colour space by its numbers, as an ICC profile: littlecms converts what bears no profile.

A profile of three primaries and a curve of 256 entries is exact for pictures of 8 bits, and sends
all conversions through the same code.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Chromaticity = tuple[float, float]
Primaries = tuple[Chromaticity, Chromaticity, Chromaticity]

D65: Final[Chromaticity] = (0.3127, 0.3290)
_D50_XYZ: Final = np.array([0.9642, 1.0, 0.8249])
_BRADFORD: Final = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_LEAST_DETERMINANT: Final = 1e-4


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """What the numbers of a picture mean.

    ``primaries`` are CIE xy of red, green and blue, ``white`` that of (1, 1, 1), which becomes the
    white of sRGB. ``light`` turns levels into linear light, both 0..1; what is above 1 is cut off.
    """

    primaries: Primaries
    white: Chromaticity
    light: Callable[[Floats], Floats]

    def profile(self) -> bytes | None:
        """Return an ICC profile of this space; None where its primaries span no space."""
        return _profile(self)

    def to_eight_bits(self, bits: int) -> npt.NDArray[np.uint8]:
        """Return levels of 8 bits with the curve of sRGB for those of more: uint8 (2 ** bits,).

        Scaled to 8 bits as they are, levels of linear light would leave nothing of dark colours.
        """
        return np.round(srgb_level(self.curve(1 << bits)) * 255).astype(np.uint8)

    def with_srgb_curve(self) -> "ColourSpace":
        """Return the space of a picture whose levels :meth:`to_eight_bits` has replaced."""
        return replace(self, light=srgb_light)

    def curve(self, count: int) -> Floats:
        """Return the linear light, 0..1, of so many levels: float64 (count,)."""
        return np.clip(self.light(np.arange(count) / (count - 1)), 0, 1)


def srgb_light(level: Floats) -> Floats:
    """Return the linear light of sRGB levels, both 0..1 (IEC 61966-2-1)."""
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def srgb_level(light: Floats) -> Floats:
    """Return the sRGB levels of linear light, both 0..1."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=64)
def _profile(space: ColourSpace) -> bytes | None:
    to_xyz = _to_xyz_d50(space)
    if to_xyz is None:
        return None
    levels = np.round(space.curve(256) * 65535).astype(">u2").tobytes()
    curve = b"curv" + bytes(4) + struct.pack(">I", 256) + levels
    tags = {b"wtpt": _xyz(_D50_XYZ)}
    for name, column in zip((b"r", b"g", b"b"), to_xyz.T, strict=True):
        tags |= {name + b"XYZ": _xyz(column), name + b"TRC": curve}
    return _file(tags)


def _to_xyz_d50(space: ColourSpace) -> Floats | None:
    """Return the matrix from linear RGB to XYZ under D50, adapted by Bradford's method."""
    try:
        columns = np.array([_from_xy(*each) for each in space.primaries]).T
        white = _from_xy(*space.white)
        if abs(np.linalg.det(columns)) < _LEAST_DETERMINANT:
            return None
        native = columns * np.linalg.solve(columns, white)
        cones = np.diag((_BRADFORD @ _D50_XYZ) / (_BRADFORD @ white))
    except (ZeroDivisionError, np.linalg.LinAlgError):
        return None
    adapted = np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ native
    # The numbers of a profile are signed, with 16 bits before and 16 behind the point.
    return adapted if np.isfinite(adapted).all() and np.abs(adapted).max() < 32767 else None


def _from_xy(x: float, y: float) -> Floats:
    if y == 0:
        return np.array([x, 0.0, 1 - x])  # only the direction counts, as for the blue of XYZ
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _xyz(values: Floats) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(v) * 65536) for v in values))


def _file(tags: dict[bytes, bytes]) -> bytes:
    """Return an ICC profile, version 2.4, of a display (ICC.1:2001-04, clauses 6 and 7)."""
    first = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", first + len(body), len(content))
        body += content.ljust(-(-len(content) // 4) * 4, b"\0")
    header = struct.pack(">I4xI4s4s4s12x4s", first + len(body), 0x02400000, *_KIND)
    d50 = struct.pack(">3i", *(round(float(v) * 65536) for v in _D50_XYZ))
    return (header.ljust(68, b"\0") + d50).ljust(128, b"\0") + table + body


_KIND: Final = (b"mntr", b"RGB ", b"XYZ ", b"acsp")
