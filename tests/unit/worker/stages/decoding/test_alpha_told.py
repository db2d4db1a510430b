"""Alpha comes through with the pixels, however a file stores it."""

import cv2
import numpy as np
import pytest
from PIL import Image

from bench._picture_files import tiff
from tests.support.pictures import encode, orientation_exif
from worker.stages.decode import decode_with_alpha
from worker.stages.decoding.decoded import Decoded

CAP = 1_000_000
ALPHA = np.zeros((24, 32), np.uint8)
ALPHA[4:20, 6:26], ALPHA[4:20, 26:29], ALPHA[4:8, 6:10] = 255, 128, 64
COLOUR = (200, 100, 40)
RGBA = np.dstack([np.full((24, 32, 3), COLOUR, np.uint8), ALPHA])
ON_WHITE = Decoded.on_white(RGBA[..., :3], ALPHA).pixels
PREMULTIPLIED = RGBA.copy()
PREMULTIPLIED[..., :3] = np.rint(RGBA[..., :3] * (ALPHA[..., None] / 255))
MASK = np.where(ALPHA >= 128, 255, 0).astype(np.uint8)


def deep(rgba: np.ndarray) -> np.ndarray:
    return rgba.astype(np.uint16) * 257


def by_opencv(ending: str, rgba: np.ndarray, *options: int) -> bytes:
    order = [2, 1, 0, 3]
    return cv2.imencode(ending, np.ascontiguousarray(rgba[..., order]), options)[1].tobytes()


def palette(levels: np.ndarray) -> Image.Image:
    """One entry for each opacity, all of the same colour."""
    picture = Image.fromarray(np.searchsorted(np.unique(ALPHA), levels).astype(np.uint8), "P")
    picture.putpalette(list(COLOUR) * 4)
    return picture


STRAIGHT, ASSOCIATED = {338: (3, (2,))}, {338: (3, (1,))}
FILES = {
    "PNG": encode(RGBA, "PNG"),
    "PNG, 16 bits": by_opencv(".png", deep(RGBA)),
    "PNG, palette with tRNS": encode(palette(ALPHA), "PNG", transparency=b"\x00\x40\x80\xff"),
    "WebP without loss": encode(RGBA, "WEBP", lossless=True),
    "WebP with loss": encode(RGBA, "WEBP", quality=90),
    "AVIF": encode(RGBA, "AVIF", quality=100, subsampling="4:4:4"),
    "AVIF, premultiplied": encode(
        RGBA, "AVIF", quality=100, subsampling="4:4:4", alpha_premultiplied=True
    ),
    "TIFF": tiff(RGBA, tags=STRAIGHT),
    "TIFF, premultiplied": tiff(PREMULTIPLIED, tags=ASSOCIATED),
    "TIFF, 16 bits": tiff(deep(RGBA), tags=STRAIGHT),
    "TIFF, 16 bits, premultiplied": tiff(deep(PREMULTIPLIED), tags=ASSOCIATED),
    "TIFF in planes": tiff(RGBA, planar=True, tags=STRAIGHT),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_alpha_of_many_levels(content: bytes) -> None:
    decoded = decode_with_alpha(content, CAP)
    assert decoded.alpha is not None
    assert np.abs(decoded.alpha.astype(int) - ALPHA).max() <= 1
    even = np.s_[6:18, 12:22]
    assert np.abs(decoded.pixels[even].astype(int) - ON_WHITE[even]).max() <= 3
    assert np.abs(decoded.pixels[12, 27].astype(int) - ON_WHITE[12, 27]).max() <= 5
    assert (decoded.pixels[ALPHA == 0] >= 254).all()


def test_a_transparent_colour_and_a_transparent_entry() -> None:
    keyed = np.where(MASK[..., None] > 0, RGBA[..., :3], np.uint8(9)).astype(np.uint8)
    two = palette(np.where(MASK > 0, 255, 0))
    for content in (
        encode(keyed, "PNG", transparency=(9, 9, 9)),
        encode(two, "PNG", transparency=0),
        encode(two, "GIF", transparency=0),
        encode(Image.fromarray(keyed[..., 0]), "PNG", transparency=9),
    ):
        decoded = decode_with_alpha(content, CAP)
        assert decoded.alpha is not None
        assert np.array_equal(decoded.alpha, MASK)


@pytest.mark.parametrize(
    "content",
    [
        encode(RGBA[..., :3], "PNG"),
        encode(np.dstack([RGBA[..., :3], np.full_like(ALPHA, 255)]), "PNG"),
        encode(RGBA[..., :3], "JPEG"),
        tiff(RGBA, tags={338: (3, (0,))}),
    ],
    ids=["none", "opaque", "JPEG", "a channel that means nothing"],
)
def test_where_nothing_is_transparent_there_is_none(content: bytes) -> None:
    assert decode_with_alpha(content, CAP).alpha is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_alpha_is_turned_with_the_picture(orientation: int) -> None:
    content = encode(RGBA, "PNG", exif=orientation_exif(orientation))
    decoded = decode_with_alpha(content, CAP)
    assert decoded.alpha is not None
    assert decoded.alpha.flags.c_contiguous
    assert decoded.alpha.shape == decoded.pixels.shape[:2]
    assert np.array_equal(decoded.alpha == 0, (decoded.pixels == 255).all(-1))
