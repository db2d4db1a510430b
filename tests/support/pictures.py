"""Small pictures, files and colour profiles for the tests, made on the spot."""

import io
import struct
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 300
"""76,804 bytes that begin as a JPEG does, for tests that only keep and fetch them."""


def noise(height: int, width: int, seed: int = 0) -> Pixels:
    """RGB noise, uint8 (H, W, 3): no two neighbours alike, so no loss goes unseen."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def smooth(height: int, width: int) -> Pixels:
    """An RGB gradient, uint8 (H, W, 3), which lossy formats keep within a few levels."""
    y, x = np.mgrid[0:height, 0:width]
    bands = (255 * y / max(height - 1, 1), 255 * x / max(width - 1, 1), np.full_like(y, 90))
    return np.stack(bands, -1).round().astype(np.uint8)


def encode(pixels: npt.NDArray[Any] | Image.Image, file_format: str, **options: Any) -> bytes:
    """A picture file, written by Pillow."""
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def orientation_exif(orientation: int) -> bytes:
    """EXIF with nothing but an orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def tiff16(levels: npt.NDArray[np.uint16], photometric: int = 2, orientation: int = 1) -> bytes:
    """An uncompressed little-endian TIFF of 16 bits a channel, from (H, W, C)."""
    height, width, channels = levels.shape
    strip = levels.astype("<u2").tobytes()
    bits_at = 8 + len(strip)
    bits = struct.pack(f"<{channels}H", *[16] * channels).ljust(8, b"\0")
    entries = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, channels, 16 if channels == 1 else bits_at),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, 8),
        (274, 3, 1, orientation),
        (277, 3, 1, channels),
        (278, 3, 1, height),
        (279, 4, 1, len(strip)),
    ]
    directory = struct.pack("<H", len(entries))
    for entry in entries:
        directory += struct.pack("<HHII", *entry)
    head = b"II*\0" + struct.pack("<I", bits_at + 8)
    return head + strip + bits + directory + bytes(4)


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _profile(space: bytes, kind: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC version 2 profile from its tags."""
    table, body = struct.pack(">I", len(tags)), b""
    first = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        padded = content.ljust(-(-len(content) // 4) * 4, b"\0")
        table += name + struct.pack(">II", first + len(body), len(content))
        body += padded
    d50 = _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    header = struct.pack(">I", first + len(body)) + bytes(4) + b"\x02\x40\x00\x00"
    header += kind + space + pcs + bytes(12) + b"acsp" + bytes(28) + d50
    return header.ljust(128, b"\0") + table + body


def _curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


# Columns: Adobe RGB (1998) primaries as XYZ under D50.
ADOBE_TO_XYZ = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
SRGB_TO_XYZ = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)


def adobe_rgb_profile() -> bytes:
    """A matrix profile of Adobe RGB (1998): wider than sRGB, gamma 2.2."""
    tags = {
        name: b"XYZ " + bytes(4) + b"".join(_fixed(v) for v in column)
        for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), ADOBE_TO_XYZ.T, strict=True)
    }
    tags |= {name: _curve(2.2) for name in (b"rTRC", b"gTRC", b"bTRC")}
    white = b"XYZ " + bytes(4) + _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return _profile(b"RGB ", b"mntr", b"XYZ ", {b"wtpt": white, **tags})


def adobe_rgb_in_srgb(rgb: tuple[int, int, int]) -> tuple[int, ...]:
    """What an Adobe RGB colour is in sRGB, by the formulas of the two standards."""
    linear = (np.array(rgb) / 255) ** 2.2
    wanted = np.linalg.inv(SRGB_TO_XYZ) @ ADOBE_TO_XYZ @ linear
    wanted = np.clip(wanted, 0, 1)
    coded = np.where(wanted <= 0.0031308, 12.92 * wanted, 1.055 * wanted ** (1 / 2.4) - 0.055)
    return tuple(int(v) for v in np.round(coded * 255))


def grey_profile(gamma: float) -> bytes:
    """A grey profile of one gamma."""
    white = b"XYZ " + bytes(4) + _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return _profile(b"GRAY", b"mntr", b"XYZ ", {b"wtpt": white, b"kTRC": _curve(gamma)})


def cmyk_profile(ink_lab: tuple[float, float, float]) -> bytes:
    """A printer's profile whose full cyan has the given Lab colour, and whose other inks are grey.

    Cyan alone goes from white to that colour; magenta, yellow and black go to Lab (0, 0, 0).
    """
    grid = b""
    for index in range(16):
        cyan, others = index >> 3 & 1, index & 7
        lightness, a, b = ink_lab if cyan and not others else ((0, 0, 0) if others else (100, 0, 0))
        grid += bytes((round(lightness * 2.55), round(a + 128), round(b + 128)))
    identity = b"".join(_fixed(v) for v in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    ramp = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + ramp * 4 + grid + ramp * 3
    white = b"XYZ " + bytes(4) + _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return _profile(b"CMYK", b"prtr", b"Lab ", {b"wtpt": white, b"A2B0": table})
