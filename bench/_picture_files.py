"""Picture files of known colours, written chunk by chunk where no library writes such a kind."""

import io
import struct
import zlib
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Levels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Chunk = tuple[bytes, bytes]

P3_CHROMATICITIES: Final = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
"""White, red, green and blue of Display P3, as cHRM has them."""

_TYPES: Final = {1: "B", 3: "H", 4: "I"}


def saved(levels: Levels, file_format: str, mode: str | None = None, **options: Any) -> bytes:
    """Return what Pillow writes of 8 bits; ``mode`` where the shape does not tell it."""
    picture = (
        Image.fromarray(levels)
        if mode is None
        else Image.frombytes(mode, (levels.shape[1], levels.shape[0]), levels.tobytes())
    )
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG."""
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png(levels: Levels, *chunks: Chunk, after: tuple[Chunk, ...] = ()) -> bytes:
    """Return a PNG of 8 or 16 bits: (H, W) grey, or (H, W, 2 to 4), with chunks before its rows."""
    height, width = levels.shape[:2]
    channels = 1 if levels.ndim == 2 else levels.shape[2]
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = levels.astype(levels.dtype.newbyteorder(">")).reshape(height, -1)
    filtered = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", width, height, levels.itemsize * 8, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *(chunk(*each) for each in chunks)]
    parts += [chunk(b"IDAT", zlib.compress(filtered)), *(chunk(*each) for each in after)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def cicp(primaries: int, transfer: int, full_range: bool = True) -> Chunk:
    """Return a chunk that names a colour space by its code points."""
    return b"cICP", bytes((primaries, transfer, 0, full_range))


def gama(exponent: float) -> Chunk:
    """Return a chunk that tells the exponent by which the picture was encoded, such as 1/2.2."""
    return b"gAMA", struct.pack(">I", round(exponent * 100_000))


def chrm(chromaticities: tuple[int, ...] = P3_CHROMATICITIES) -> Chunk:
    """Return a chunk of chromaticities, in hundred thousandths."""
    return b"cHRM", struct.pack(">8I", *chromaticities)


def iccp(profile: bytes) -> Chunk:
    """Return a chunk that holds an ICC profile."""
    return b"iCCP", b"profile\0\0" + zlib.compress(profile)


def avif(levels: Levels, bits: int = 8, codes: tuple[int, int] | None = None) -> bytes:
    """Return an AVIF without loss by OpenCV; ``codes`` replace what its nclx says.

    Args:
        levels: RGB (H, W, 3), uint8 for 8 bits, else uint16 up to 1023 or 4095.
        bits: 8, 10 or 12.
        codes: numbers of the primaries and of the transfer.
    """
    settings = [cv2.IMWRITE_AVIF_QUALITY, 100, cv2.IMWRITE_AVIF_DEPTH, bits]
    written, content = cv2.imencode(".avif", np.ascontiguousarray(levels[..., ::-1]), settings)
    if not written:
        raise RuntimeError("OpenCV writes no AVIF here")
    file = bytearray(content.tobytes())
    if codes is not None:
        struct.pack_into(">HH", file, file.index(b"colrnclx") + 8, *codes)
    return bytes(file)


def tiff(
    samples: Levels,
    photometric: int = 2,
    *,
    planar: bool = False,
    deflate: bool = False,
    big_endian: bool = False,
    tags: dict[int, tuple[int, tuple[int, ...]]] | None = None,
) -> bytes:
    """Return a TIFF of (H, W) or (H, W, C), in one strip, or in one a plane.

    Args:
        samples: of any type; the tag SampleFormat is left to ``tags``.
        photometric: 1 grey, 2 RGB, 5 CMYK, 8 CIELAB.
        planar: whether the channels lie in planes.
        deflate: whether the strips are compressed.
        big_endian: the order of all bytes.
        tags: more of them, or others: number → (type 1, 3 or 4, values).
    """
    order = ">" if big_endian else "<"
    cube = samples.reshape(*samples.shape[:2], -1).astype(samples.dtype.newbyteorder(order))
    height, width, channels = cube.shape
    parts = [cube[..., index] for index in range(channels)] if planar else [cube]
    strips = [zlib.compress(part.tobytes()) if deflate else part.tobytes() for part in parts]
    places = [8 + sum(map(len, strips[:index])) for index in range(len(strips))]
    entries = {
        256: (4, (width,)),
        257: (4, (height,)),
        258: (3, (samples.itemsize * 8,) * channels),
        259: (3, (8 if deflate else 1,)),
        262: (3, (photometric,)),
        273: (4, tuple(places)),
        277: (3, (channels,)),
        278: (4, (height,)),
        279: (4, tuple(map(len, strips))),
        284: (3, (2 if planar else 1,)),
        **(tags or {}),
    }
    body = b"".join(strips) + b"\0" * (sum(map(len, strips)) % 2)
    directory, beyond = struct.pack(f"{order}H", len(entries)), b""
    beyond_at = 8 + len(body) + 2 + 12 * len(entries) + 4
    for tag, (kind, values) in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(values)}{_TYPES[kind]}", *values)
        directory += struct.pack(f"{order}HHI", tag, kind, len(values))
        if len(packed) > 4:
            directory += struct.pack(f"{order}I", beyond_at + len(beyond))
            beyond += packed.ljust(-(-len(packed) // 2) * 2, b"\0")
        else:
            directory += packed.ljust(4, b"\0")
    mark = b"MM\0*" if big_endian else b"II*\0"
    return mark + struct.pack(f"{order}I", 8 + len(body)) + body + directory + bytes(4) + beyond
