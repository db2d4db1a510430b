import struct
import zlib

import numpy as np
import pytest

from bench._picture_files import chunk, iccp, png
from shared.contracts.stages import Code
from shared.errors import StageError
from tests.support.pictures import (
    WHITE,
    adobe_rgb_in_srgb,
    adobe_rgb_profile,
    encode,
    noise,
)
from worker.stages.decode import decode
from worker.stages.decoding.png import read_png

CAP = 1_000_000
PIXELS = noise(9, 14)
DEEP = noise(9, 14).astype(np.uint16) * 257
CLOSING = len(chunk(b"IEND", b""))
TOO_LARGE = b"XML:com.adobe.xmp\0\0\0\0\0" + b"x" * (70 << 20)

HARMLESS = {
    "a text of an unknown method": (b"zTXt", b"Comment\0\x07" + zlib.compress(b"text")),
    "a text that is no zlib stream": (b"zTXt", b"Comment\0\0junk"),
    "a profile of an unknown method": (b"iCCP", b"profile\0\x07" + zlib.compress(b"profile")),
    "a profile that is no zlib stream": (b"iCCP", b"profile\0\0junk"),
    "a profile that is cut": (b"iCCP", iccp(adobe_rgb_profile())[1][:-9]),
    "an empty profile": (b"iCCP", b""),
    "a large text": (b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * (3 << 20))),
    "large XMP": (b"iTXt", TOO_LARGE),
    "a short time": (b"tIME", b"\x07"),
    "short sizes": (b"pHYs", b"\0\0"),
    "short chromaticities": (b"cHRM", b"\0" * 7),
    "a short gamma": (b"gAMA", b"\0"),
    "a chunk of somebody's own": (b"prVt", b"anything"),
    "frames of an animation, none of which comes": (b"acTL", struct.pack(">II", 4, 0)),
    "EXIF that is none": (b"eXIf", b"nothing"),
}


@pytest.mark.parametrize("after", [False, True], ids=["before the rows", "behind the rows"])
@pytest.mark.parametrize("pixels", [PIXELS, DEEP], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("name", HARMLESS)
def test_an_ancillary_chunk_never_costs_the_picture(
    name: str, pixels: np.ndarray, after: bool
) -> None:
    told = HARMLESS[name]
    content = png(pixels, after=(told,)) if after else png(pixels, told)

    np.testing.assert_array_equal(decode(content, CAP), PIXELS)


@pytest.mark.parametrize("kind", [b"tEXt", b"iCCP", b"gAMA", b"cICP", b"eXIf", b"tRNS", b"pHYs"])
def test_an_ancillary_chunk_with_a_wrong_checksum_counts_for_nothing(kind: bytes) -> None:
    held = {
        b"iCCP": iccp(adobe_rgb_profile())[1],
        b"gAMA": struct.pack(">I", 100_000),
        b"cICP": bytes((12, 13, 0, 1)),
        b"tRNS": struct.pack(">3H", *map(int, PIXELS[3, 3])),
    }
    content = png(PIXELS, (kind, held.get(kind, b"Comment\0text")))
    at = (
        content.index(kind)
        + 4
        + int.from_bytes(content[content.index(kind) - 4 : content.index(kind)], "big")
    )
    broken = content[:at] + bytes(byte ^ 0xFF for byte in content[at : at + 4]) + content[at + 4 :]

    np.testing.assert_array_equal(decode(broken, CAP), PIXELS)


def test_a_large_profile_is_heeded() -> None:
    levels = (200, 100, 60)
    padded = bytearray(adobe_rgb_profile()) + bytes(3 << 20)
    padded[:4] = struct.pack(">I", len(padded))

    decoded = decode(png(np.full((4, 4, 3), levels, np.uint8), iccp(bytes(padded))), CAP)

    assert np.abs(decoded.reshape(-1, 3).astype(int) - adobe_rgb_in_srgb(levels)).max() <= 2


@pytest.mark.parametrize("pixels", [PIXELS, DEEP], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("lost", range(1, CLOSING + 5))
def test_without_its_closing_chunk_or_the_last_checksum(pixels: np.ndarray, lost: int) -> None:
    content = png(pixels)

    np.testing.assert_array_equal(decode(content[:-lost], CAP), PIXELS)


@pytest.mark.parametrize("pixels", [PIXELS, DEEP], ids=["8 bits", "16 bits"])
def test_without_its_last_rows(pixels: np.ndarray) -> None:
    content = png(pixels)

    for cut in (content[: -CLOSING - 20], content[: -CLOSING - 20] + chunk(b"IEND", b"")):
        with pytest.raises(StageError) as caught:
            decode(cut, CAP)
        assert caught.value.code is Code.IMAGE_TRUNCATED


def test_the_size_is_looked_at_before_rows_are_counted() -> None:
    content = png(DEEP)

    for cut in (content[:-CLOSING], content[: -CLOSING - 20] + chunk(b"IEND", b"")):
        with pytest.raises(StageError) as caught:
            decode(cut, 9 * 14 - 1)
        assert caught.value.code is Code.IMAGE_TOO_LARGE


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (8, 8), (9, 17), (2, 40)])
@pytest.mark.parametrize("interlaced", [False, True])
def test_rows_are_counted_to_the_last_byte(size: tuple[int, int], interlaced: bool) -> None:
    height, width = size
    # (PNG, clause 8.2): for each pass, from where and in which steps.
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    passes = (*passes, (0, 1, 1, 2)) if interlaced else ((0, 0, 1, 1),)
    count = 0
    for left, top, across, down in passes:
        columns, rows = len(range(left, width, across)), len(range(top, height, down))
        count += rows * (1 + 3 * columns) if columns else 0
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlaced)

    def file(length: int) -> bytes:
        rows = zlib.compress(bytes(length))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows)

    assert read_png(file(count)).rows_are_whole()
    assert not read_png(file(count - 1)).rows_are_whole()
    assert decode(file(count), CAP).shape == (height, width, 3)


def test_a_transparent_colour_of_sixteen_bits() -> None:
    deep = np.full((4, 4, 3), (40_000, 30_000, 20_000), np.uint16)
    deep[0, 0] = (40_001, 30_000, 20_000)  # the same, at 8 bits
    content = png(deep, (b"tRNS", struct.pack(">3H", 40_000, 30_000, 20_000)))

    decoded = decode(content, CAP)

    assert tuple(decoded[0, 0]) == (156, 117, 78)
    assert tuple(decoded[1, 1]) == WHITE


def test_what_is_not_needed_is_not_handed_on() -> None:
    content = encode(PIXELS, "PNG", dpi=(300, 300), icc_profile=adobe_rgb_profile())

    kinds = [each.kind for each in read_png(read_png(content).for_decoder()).chunks]

    assert kinds == [b"IHDR", b"IDAT"]
