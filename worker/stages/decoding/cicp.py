"""Coding-independent code points: the numbers by which AVIF and PNG name a colour space.

Values of Rec. ITU-T H.273 (2021), tables 2 and 3. Reserved and unspecified ones mean nothing here.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from worker.stages.decoding.colour_space import (
    D65,
    Chromaticity,
    ColourSpace,
    Primaries,
    srgb_light,
)

Floats = npt.NDArray[np.float64]

DIFFUSE_WHITE_CD_M2: Final = 203.0
"""What becomes white of a PQ or HLG picture: HDR reference white of Rep. ITU-R BT.2408, table 1.
Highlights above it are cut off, as in the conversion of W3C's CSS Color HDR."""

_C: Final = (0.310, 0.316)
BT_709: Final[Primaries] = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_SMPTE_170M: Final[Primaries] = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
_P3: Final[Primaries] = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_PRIMARIES: Final[dict[int, tuple[Primaries, Chromaticity]]] = {
    1: (BT_709, D65),
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), _C),
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), D65),
    6: (_SMPTE_170M, D65),
    7: (_SMPTE_170M, D65),
    8: (((0.681, 0.319), (0.243, 0.692), (0.145, 0.049)), _C),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), D65),
    10: (((1.0, 0.0), (0.0, 1.0), (0.0, 0.0)), (1 / 3, 1 / 3)),
    11: (_P3, (0.314, 0.351)),
    12: (_P3, D65),
    22: (((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)), D65),
}


def power(exponent: float) -> Callable[[Floats], Floats]:
    """Return the curve of a plain exponent."""
    return lambda level: level**exponent


def _smpte_240m(level: Floats) -> Floats:
    return np.where(level < 0.0912, level / 4, ((level + 0.1115) / 1.1115) ** (1 / 0.45))


def _log(decades: float) -> Callable[[Floats], Floats]:
    return lambda level: np.where(level <= 0, 0.0, 10.0 ** ((level - 1) * decades))


def _pq(level: Floats) -> Floats:
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = level ** (1 / m2)
    cd_m2 = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return cd_m2 / DIFFUSE_WHITE_CD_M2


def _hlg(level: Floats) -> Floats:
    """Scene light, scaled so that the 75 % of diffuse white (BT.2408) become white.

    The system gamma stays 1: that of a screen of 334 cd/m² by note 5f of BT.2100.
    """

    def scene(signal: Floats) -> Floats:
        a = 0.17883277
        b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
        return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)

    return scene(level) / scene(np.array(0.75))


# The camera curves of video (1, 6, 14, 15; 11 and 12 between 0 and 1) are shown by the curve of
# sRGB, as Chromium shows them: nearly every still that bears them was encoded from sRGB as it was.
_TRANSFERS: Final[dict[int, Callable[[Floats], Floats]]] = {
    **dict.fromkeys((1, 6, 11, 12, 13, 14, 15), srgb_light),
    4: power(2.2),
    5: power(2.8),
    7: _smpte_240m,
    8: power(1.0),
    9: _log(2.0),
    10: _log(2.5),
    16: _pq,
    17: lambda level: np.minimum(level**2.6 * 52.37 / 48, 1),
    18: _hlg,
}


@cache
def colour_space(primaries: int, transfer: int, full_range: bool = True) -> ColourSpace | None:
    """Return the colour space that code points name.

    Args:
        primaries: ``ColourPrimaries``.
        transfer: ``TransferCharacteristics``.
        full_range: whether levels 0..255 are black to white, or 16..235.

    Returns:
        None where both numbers say nothing. Where one does, the other counts as that of sRGB.
    """
    if primaries not in _PRIMARIES and transfer not in _TRANSFERS:
        return None
    light = _TRANSFERS.get(transfer, srgb_light)
    by_number = _PRIMARIES.get(primaries, _PRIMARIES[1])
    return ColourSpace(*by_number, light if full_range else _limited(light))


def _limited(light: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    return lambda level: light(np.clip((level * 255 - 16) / 219, 0, 1))


SRGB: Final = ColourSpace(*_PRIMARIES[1], srgb_light)
