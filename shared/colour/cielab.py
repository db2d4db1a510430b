"""CIELAB under D65: there, back, and the distance CIEDE2000.

Sources: IEC 61966-2-1 (sRGB), CIE 15 (CIELAB), and Sharma, Wu and Dalal, "The CIEDE2000
Color-Difference Formula: Implementation Notes, Supplementary Test Data, and Mathematical
Observations", Color Research and Application 30 (2005), whose published pairs the tests hold.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Lab = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

# White of D65 as the chromaticity x = 0.3127, y = 0.3290 gives it, Y = 1.
_WHITE: Final = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])
# The sRGB primaries (0.64, 0.33), (0.30, 0.60), (0.15, 0.06), scaled so that white is _WHITE.
_PRIMARIES: Final = np.array(
    [[0.64, 0.30, 0.15], [0.33, 0.60, 0.06], [0.03, 0.10, 0.79]],
)
_RGB_TO_XYZ: Final = _PRIMARIES * np.linalg.solve(_PRIMARIES, _WHITE)
_RGB_TO_RELATIVE: Final = (_RGB_TO_XYZ / _WHITE[:, None]).astype(np.float32)
_RELATIVE_TO_RGB: Final = np.linalg.inv(_RGB_TO_XYZ / _WHITE[:, None])

# Of 1 - 0.17 cos(h - 30°) + 0.24 cos(2h) + 0.32 cos(3h + 6°) - 0.20 cos(4h - 63°), the last first.
_HUE_FACTORS: Final = np.array([-0.20, 0.32, 0.24, -0.17]) * np.exp(
    1j * np.radians([-63.0, 6.0, 0.0, -30.0])
)

_HEX: Final = re.compile("#[0-9a-fA-F]{6}")

# Below this, CIELAB's cube root is continued by a straight line.
_EDGE: Final = 6 / 29


def _linear_of_byte() -> npt.NDArray[np.float32]:
    value = np.arange(256) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR: Final = _linear_of_byte()


def rgb_to_lab(rgb: Rgb) -> Lab:
    """Turn sRGB into CIELAB under D65.

    Args:
        rgb: uint8 (..., 3).

    Returns:
        float32 (..., 3): L 0..100, a and b about -110..110.

    Raises:
        ValueError: not uint8, or the last axis is not 3.
    """
    if rgb.dtype != np.uint8 or rgb.shape[-1:] != (3,):
        raise ValueError(f"expected uint8 (..., 3), got {rgb.dtype} {rgb.shape}")
    relative = rgb_to_linear(rgb) @ _RGB_TO_RELATIVE.T
    root = np.cbrt(relative)
    f = np.where(root > _EDGE, root, relative / np.float32(3 * _EDGE**2) + np.float32(4 / 29))
    lab = np.empty(rgb.shape, np.float32)
    lab[..., 0] = 116 * f[..., 1] - 16
    lab[..., 1] = 500 * (f[..., 0] - f[..., 1])
    lab[..., 2] = 200 * (f[..., 1] - f[..., 2])
    return lab


def lab_to_rgb(lab: npt.ArrayLike) -> Rgb:
    """Turn CIELAB (D65) into the nearest sRGB bytes; colours outside sRGB are clipped.

    Args:
        lab: (..., 3), L 0..100.

    Returns:
        uint8 (..., 3).
    """
    return linear_to_rgb(_lab_to_relative(lab) @ _RELATIVE_TO_RGB.T)


def lab_to_xyz(lab: npt.ArrayLike) -> Floats:
    """Turn CIELAB (D65), (..., 3), into XYZ, of which white has Y = 1."""
    return _lab_to_relative(lab) * _WHITE


def xyz_to_lab(xyz: npt.ArrayLike) -> Floats:
    """Turn XYZ, (..., 3), of which white has Y = 1, into CIELAB (D65)."""
    relative = np.asarray(xyz, np.float64) / _WHITE
    f = np.where(relative > _EDGE**3, np.cbrt(relative), relative / (3 * _EDGE**2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _lab_to_relative(lab: npt.ArrayLike) -> Floats:
    values = np.asarray(lab, np.float64)
    fy = (values[..., 0] + 16) / 116
    f = np.stack([fy + values[..., 1] / 500, fy, fy - values[..., 2] / 200], axis=-1)
    return np.where(f > _EDGE, f * f * f, 3 * _EDGE**2 * (f - 4 / 29))


def rgb_to_linear(rgb: Rgb) -> npt.NDArray[np.float32]:
    """Turn sRGB, uint8 of any shape, into linear light, float32 0..1."""
    return _LINEAR[rgb]


def linear_to_rgb(linear: npt.ArrayLike) -> Rgb:
    """Turn linear light of any shape into the nearest sRGB bytes; beyond 0..1 it is clipped."""
    light = np.clip(np.asarray(linear, np.float64), 0, 1)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def rgb_to_hex(rgb: npt.ArrayLike) -> str:
    """Write one sRGB colour as ``#rrggbb``, lower case."""
    red, green, blue = (int(channel) for channel in np.asarray(rgb, np.uint8))
    return f"#{red:02x}{green:02x}{blue:02x}"


def hex_to_rgb(text: str) -> Rgb:
    """Read ``#rrggbb`` (either case) as uint8 (3,).

    Raises:
        ValueError: any other form; the message holds the text.
    """
    digits = text.removeprefix("#")
    if len(text) != 7 or len(digits) != 6 or not all(d in "0123456789abcdefABCDEF" for d in digits):
        raise ValueError(f"{text!r} is no colour: write it as #rrggbb")
    return np.frombuffer(bytes.fromhex(digits), np.uint8).copy()


def hexes_to_rgb(texts: Sequence[str]) -> Rgb:
    """Read many as :func:`hex_to_rgb` does each, in a tenth of the time: uint8 (N, 3)."""
    if not all(map(_HEX.fullmatch, texts)):
        return np.array([hex_to_rgb(text) for text in texts])  # which says what is wrong
    digits = "".join(texts).replace("#", "")
    return np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(-1, 3).copy()


def delta_e2000(lab1: npt.ArrayLike, lab2: npt.ArrayLike) -> Floats:
    """CIEDE2000 between colours, with all three weights at 1.

    Args:
        lab1: (..., 3) CIELAB.
        lab2: (..., 3) CIELAB; the two broadcast against each other.

    Returns:
        float64 of the broadcast shape without its last axis; 0 where equal.
    """
    first, second = np.asarray(lab1, np.float64), np.asarray(lab2, np.float64)
    chroma1, chroma2 = (_length(lab[..., 1], lab[..., 2]) for lab in (first, second))
    stretch = 1 + 0.5 * (1 - _to_the_seventh((chroma1 + chroma2) / 2))
    a1, a2 = first[..., 1] * stretch, second[..., 1] * stretch
    c1, c2 = _length(a1, first[..., 2]), _length(a2, second[..., 2])
    turn, mean_hue = _hues(_hue(a1, first[..., 2]), _hue(a2, second[..., 2]), c1 * c2 == 0)

    light = second[..., 0] - first[..., 0]
    chroma = c2 - c1
    hue = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2)
    mean_c = (c1 + c2) / 2
    from_middle = ((first[..., 0] + second[..., 0]) / 2 - 50) ** 2
    weight_l = 1 + 0.015 * from_middle / np.sqrt(20 + from_middle)
    weight_c = 1 + 0.045 * mean_c
    weight_h = 1 + 0.015 * mean_c * _hue_weight(mean_hue)
    # In the blues, chroma and hue differences are not independent.
    blue = (np.degrees(mean_hue) - 275) / 25
    rotation = np.sin(np.radians(60) * np.exp(-(blue**2)))
    cross = -2 * _to_the_seventh(mean_c) * rotation
    l_part, c_part, h_part = light / weight_l, chroma / weight_c, hue / weight_h
    return np.sqrt(np.maximum(l_part**2 + c_part**2 + h_part**2 + cross * c_part * h_part, 0))


def _length(a: Floats, b: Floats) -> Floats:
    # np.hypot guards against overflow, which no colour causes, and takes several times as long.
    return np.sqrt(a * a + b * b)


def _to_the_seventh(chroma: Floats) -> Floats:
    # Multiplied: NumPy's power takes many times as long.
    square = chroma * chroma
    powered = square * square * square * chroma
    return np.sqrt(powered / (powered + 25.0**7))


def _hue(a: Floats, b: Floats) -> Floats:
    """Return the angle, 0..2π."""
    angle = np.arctan2(b, a)
    return np.where(angle < 0, angle + 2 * np.pi, angle)


def _hues(h1: Floats, h2: Floats, grey: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Signed turn from one hue to the other the short way, and the mean hue, in radians."""
    turn, total = h2 - h1, h1 + h2
    beyond = np.abs(turn) > np.pi
    mean = total / 2 + np.where(beyond, np.where(total < 2 * np.pi, np.pi, -np.pi), 0)
    turn -= np.where(beyond, np.copysign(2 * np.pi, turn), 0)
    return np.where(grey, 0, turn), np.where(grey, total, mean)


def _hue_weight(hue: Floats) -> Floats:
    # The sum of cosines of the hue's multiples, as a polynomial of one complex number: sines and
    # cosines are what takes longest here.
    turned = np.empty(hue.shape, np.complex128)
    turned.real, turned.imag = np.cos(hue), np.sin(hue)
    total = np.zeros_like(turned)
    for factor in _HUE_FACTORS:
        total = (total + factor) * turned
    return 1 + total.real
