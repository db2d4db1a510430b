"""A colour space by its numbers, as an ICC profile: littlecms converts what bears no profile.

A profile of three primaries and a curve of 256 entries is exact for pictures of 8 bits, and sends
all conversions through the same code.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Chromaticity = tuple[float, float]

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
    white of sRGB. ``curve`` holds the linear light, 0..1, of each of 256 levels.
    """

    primaries: tuple[Chromaticity, Chromaticity, Chromaticity]
    white: Chromaticity
    curve: tuple[float, ...]

    def profile(self) -> bytes | None:
        """Return an ICC profile of this space; None where its primaries span no space."""
        return _profile(self)


@lru_cache(maxsize=64)
def _profile(space: ColourSpace) -> bytes | None:
    to_xyz = _to_xyz_d50(space)
    if to_xyz is None:
        return None
    levels = np.clip(np.round(np.array(space.curve) * 65535), 0, 65535).astype(">u2").tobytes()
    curve = b"curv" + bytes(4) + struct.pack(">I", len(space.curve)) + levels
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
