import numpy as np
import pytest

from bench._picture_files import tiff
from shared.contracts.stages import Code
from shared.errors import StageError
from tests.support.pictures import WHITE, noise
from worker.stages.decode import decode

CAP = 1_000_000
PIXELS = noise(11, 14)
DEEP = PIXELS.astype(np.uint16) * 257
ALPHA, PREMULTIPLIED = {338: (3, (2,))}, {338: (3, (1,))}
FLOAT, SIGNED = {339: (3, (3, 3, 3))}, {339: (3, (2, 2, 2))}


def rgba(bits: int = 8) -> np.ndarray:
    levels = np.dstack([PIXELS, np.full(PIXELS.shape[:2], 255, np.uint8)])
    levels[6:, :, 3] = 0
    return levels.astype(np.uint16) * 257 if bits == 16 else levels


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("pixels", [PIXELS, DEEP], ids=["8 bits", "16 bits"])
def test_planes(pixels: np.ndarray, deflate: bool, big_endian: bool) -> None:
    content = tiff(pixels, planar=True, deflate=deflate, big_endian=big_endian)

    np.testing.assert_array_equal(decode(content, CAP), PIXELS)


def test_planes_are_scaled_to_the_nearest_level() -> None:
    levels = np.array([[[0, 128, 129], [32767, 32768, 65535]]], np.uint16)

    decoded = decode(tiff(levels, planar=True), CAP)

    assert decoded.tolist() == [[[0, 0, 1], [127, 128, 255]]]


def test_planes_are_turned_once() -> None:
    content = tiff(DEEP, planar=True, tags={274: (3, (6,))})

    np.testing.assert_array_equal(decode(content, CAP), np.rot90(PIXELS, -1))


@pytest.mark.parametrize("bits", [8, 16])
def test_planes_with_alpha(bits: int) -> None:
    decoded = decode(tiff(rgba(bits), planar=True, tags=ALPHA), CAP)

    np.testing.assert_array_equal(decoded[:6], PIXELS[:6])
    assert tuple(decoded[8, 8]) == WHITE


def test_planes_with_a_channel_that_means_nothing() -> None:
    decoded = decode(tiff(rgba(16), planar=True, tags={338: (3, (0,))}), CAP)

    np.testing.assert_array_equal(decoded, PIXELS)


def test_grey_of_twelve_bits() -> None:
    levels = np.array([[0, 1920, 4095, 17]], np.uint16)
    packed = int("".join(f"{level:012b}" for level in levels[0]), 2).to_bytes(6, "big")
    row = np.frombuffer(packed, np.uint8)[None]

    decoded = decode(tiff(row, 1, tags={256: (4, (4,)), 258: (3, (12,))}), CAP)

    assert decoded[0, :, 0].tolist() == [0, 120, 255, 1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (tiff(PIXELS.astype(np.float32), tags=FLOAT), "floating-point"),
        (tiff(PIXELS[..., 0].astype(np.float32), 1, tags={339: (3, (3,))}), "floating-point"),
        (tiff(PIXELS.astype(np.int8), tags=SIGNED), "signed"),
        (tiff(PIXELS.astype(np.uint32)), "RGB, 32 bits"),
        (tiff(np.dstack([rgba(), PIXELS[..., :1]]), 5, tags=ALPHA), "CMYK with alpha"),
        (tiff(rgba(), 5, tags={332: (3, (2,))}), "CMYK"),
        (tiff(DEEP, 8), "CIELab, 16 bits"),
        (tiff(rgba(), 8, tags=ALPHA), "CIELab with alpha"),
        (tiff(PIXELS, 8, planar=True), "CIELab, 8 bits a sample, in planes"),
        (tiff(PIXELS, 9), "ICC Lab"),
        (tiff(PIXELS[..., 0], 32803), "raw mosaic"),
        (tiff(rgba(16)[..., 2:], 1, tags=ALPHA), "grey with alpha, 16 bits"),
        (tiff(rgba(16), planar=True, tags=PREMULTIPLIED), "RGB with alpha, 16 bits"),
        (tiff(rgba(16), planar=True, deflate=True, tags=ALPHA), "RGB with alpha, 16 bits"),
        (tiff(rgba(), planar=True, tags=PREMULTIPLIED), "RGB with alpha, 8 bits"),
        (tiff(DEEP[..., :2], 1, planar=True, tags=ALPHA), "in planes"),
        (tiff(PIXELS, tags={259: (3, (34712,))}), "JPEG 2000"),
        (tiff(PIXELS, tags={259: (3, (33005,))}), "JPEG 2000"),
        (tiff(PIXELS, tags={259: (3, (50002,))}), "JPEG XL"),
        (tiff(PIXELS, tags={259: (3, (34887,))}), "LERC"),
        (tiff(PIXELS, tags={259: (3, (50001,))}), "WebP"),
    ],
)
def test_kinds_that_are_not_read_are_named(content: bytes, reason: str) -> None:
    with pytest.raises(StageError) as caught:
        decode(content, CAP)

    assert caught.value.code is Code.UNSUPPORTED_IMAGE
    assert reason in caught.value.message
