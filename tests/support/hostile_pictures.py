"""Pictures that nobody would send in good faith: mutated ones of every format, and bombs."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from tests.support.pictures import encode, noise, orientation_exif, smooth, tiff16

GOOD: Final = smooth(48, 64)
_ALPHA: Final = np.dstack([GOOD, GOOD[..., 0]])
_SEED_SIZE: Final = (48, 64)


def seeds() -> dict[str, bytes]:
    """Return a small good file of each kind, by its name."""
    noisy = noise(*_SEED_SIZE)
    return {
        "JPEG": encode(GOOD, "JPEG", exif=orientation_exif(6)),
        "progressive JPEG": encode(noisy, "JPEG", progressive=True),
        "grey JPEG": encode(GOOD[..., 0], "JPEG"),
        "PNG": encode(noisy, "PNG"),
        "PNG with alpha": encode(_ALPHA, "PNG"),
        "PNG of 16 bits": encode(GOOD[..., 0].astype(np.uint16) * 257, "PNG"),
        "WebP": encode(noisy, "WEBP"),
        "WebP with alpha": encode(_ALPHA, "WEBP", lossless=True),
        "GIF": encode(GOOD, "GIF"),
        "TIFF": encode(GOOD, "TIFF", compression="tiff_lzw"),
        "TIFF of 16 bits": tiff16(GOOD.astype(np.uint16) * 257),
        "BMP": encode(GOOD, "BMP"),
        "AVIF": encode(GOOD, "AVIF", speed=10),
    }


def mutated(number: int, seed: int, files: list[bytes]) -> bytes:
    """Return the picture of a number: always the same of one seed."""
    rng = random.Random(f"{seed}:{number}")  # it must be repeatable, not secret
    content = bytearray(files[number % len(files)])
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if content:
            rng.choice(_MUTATIONS)(content, rng, files)
    if content.startswith(b"\x89PNG") and rng.random() < 0.8:
        content = bytearray(_with_right_sums(bytes(content)))
    return bytes(content)


def _flip(content: bytearray, rng: random.Random, _: list[bytes]) -> None:
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _overwrite(content: bytearray, rng: random.Random, _: list[bytes]) -> None:
    at, size = rng.randrange(len(content)), rng.randrange(1, 32)
    content[at : at + size] = rng.randbytes(size)


def _number(content: bytearray, rng: random.Random, _: list[bytes]) -> None:
    """Write an extreme number: where it is a size or an offset, it is a wrong one."""
    value = rng.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 60_000))
    form = rng.choice((">B", ">H", "<H", ">I", "<I"))
    packed = struct.pack(form, value & (256 ** struct.calcsize(form) - 1))
    at = rng.randrange(min(len(content), 200))  # heads are where it hurts
    content[at : at + len(packed)] = packed


def _cut(content: bytearray, rng: random.Random, _: list[bytes]) -> None:
    del content[rng.randrange(len(content)) :]


def _take_out(content: bytearray, rng: random.Random, _: list[bytes]) -> None:
    at = rng.randrange(len(content))
    del content[at : at + rng.randrange(1, 64)]


def _repeat(content: bytearray, rng: random.Random, _: list[bytes]) -> None:
    at, size = rng.randrange(len(content)), rng.randrange(1, 200)
    content[at:at] = content[at : at + size] * rng.choice((1, 2, 50))


def _splice(content: bytearray, rng: random.Random, files: list[bytes]) -> None:
    other = rng.choice(files)
    at = rng.randrange(len(content))
    content[at:] = other[rng.randrange(len(other)) :]


_MUTATIONS: Final[tuple[Callable[[bytearray, random.Random, list[bytes]], None], ...]] = (
    _flip, _flip, _overwrite, _number, _number, _cut, _take_out, _repeat, _splice,
)  # fmt: skip


def _with_right_sums(content: bytes) -> bytes:
    """Return a PNG whose chunks have right checksums, so that what they hold is looked at."""
    made, at = content[:8], 8
    while at + 12 <= len(content):
        (size,) = struct.unpack_from(">I", content, at)
        body = content[at + 4 : at + 8 + size]
        if len(body) < 4 + size:
            break
        made += struct.pack(">I", size) + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + size
    return made + content[at:]


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield small files that are large, or take long, once they are decoded."""
    yield "PNG, 36 million pixels in 36 kB", png(6000, 6000, 8, 0)
    yield "PNG of 16 bits and alpha, 30 million pixels", png(5500, 5500, 16, 6)
    yield "PNG that says 2 thousand million rows", png(1, 1, 8, 2, says=(2**31 - 1, 1))
    yield "PNG that says 60,000 x 60,000", png(1, 1, 8, 2, says=(60_000, 60_000))
    text = _zeros(200)
    yield "PNG with 200 MB of text", png(8, 8, 8, 2, extra=(b"zTXt", b"a\0\0" + text))
    yield "PNG with a profile of 200 MB", png(8, 8, 8, 2, extra=(b"iCCP", b"a\0\0" + text))
    yield "GIF of 65,535 x 65,535", b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0\0\0;"
    yield "BMP that says 30,000 x 30,000", _bmp(30_000)
    yield "JPEG of 65,500 x 65,500", _jpeg_that_says(65_500)
    yield "progressive JPEG of 200 scans", _jpeg_of_many_scans(200)
    yield "TIFF of a million tags", b"II*\0" + struct.pack("<IH", 8, 65535) + bytes(12 * 65535)
    yield "TIFF whose directory is itself", b"II*\0\x08\0\0\0\0\0\x08\0\0\0" + bytes(200)


def _zeros(megabytes: int) -> bytes:
    """Return so many zeros, packed: a thousandth of them."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1_000_000)) for _ in range(megabytes)]
    return b"".join(parts) + packer.flush()


def png(
    height: int,
    width: int,
    bits: int,
    colour: int,
    *,
    says: tuple[int, int] | None = None,
    extra: tuple[bytes, bytes] | None = None,
) -> bytes:
    """Return a black PNG, whose head may say another size (rows, columns), with one more chunk."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    row = bytes(1 + width * channels * bits // 8)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    rows, columns = says or (height, width)
    head = struct.pack(">IIBBBBB", columns, rows, bits, colour, 0, 0, 0)
    chunks = [(b"IHDR", head), *([extra] if extra else []), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _bmp(side: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 1000, 0, 0, 54, 40, side, side, 1, 24, *[0] * 6)


def _jpeg_that_says(side: int) -> bytes:
    content = bytearray(encode(GOOD, "JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", side, side)
    return bytes(content)


def _jpeg_of_many_scans(scans: int) -> bytes:
    """Repeat the last scan of a large progressive JPEG: each time all pixels are gone through."""
    content = encode(smooth(4000, 4000), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + content[-2:]
