"""However a picture is given, its pixels are those that the pipeline decodes."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from shared.contracts.stages import Code
from shared.errors import StageError
from shared.settings import Settings, get_settings
from tests.support.pictures import adobe_rgb_profile, encode, orientation_exif, smooth
from worker.analysis.source import PictureSource
from worker.analysis.source import read_picture as read_picture_by
from worker.stages.decode import decode
from worker.stages.decoder.decoder import InlineDecoder
from worker.stages.decoding.decoded import Decoded

SETTINGS = get_settings()
PIXELS = smooth(40, 30)


def read_picture(source: PictureSource, settings: Settings) -> Decoded:
    return read_picture_by(source, settings, InlineDecoder(settings.max_image_pixels))


def translucent() -> Image.Image:
    alpha = np.linspace(0, 255, 40 * 30).reshape(40, 30, 1).astype(np.uint8)
    return Image.fromarray(np.concatenate([PIXELS, alpha], axis=-1))


FILES = {
    "plain": encode(PIXELS, "PNG"),
    "turned": encode(PIXELS, "JPEG", exif=orientation_exif(6)),
    "profile": encode(PIXELS, "JPEG", icc_profile=adobe_rgb_profile(), subsampling=0),
    "alpha": encode(translucent(), "PNG"),
    "palette": encode(Image.fromarray(PIXELS).quantize(16), "PNG"),
    "grey": encode(Image.fromarray(PIXELS).convert("L"), "PNG"),
    "ink": encode(Image.fromarray(PIXELS).convert("CMYK"), "JPEG"),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_path_bytes_and_pillow_give_the_pixels_of_the_pipeline(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "picture.of no ending"
    path.write_bytes(content)
    expected = decode(content, SETTINGS.max_image_pixels)
    ways: list[Any] = [path, str(path), content, bytearray(content), memoryview(content)]
    for given in ways:
        assert np.array_equal(read_picture(given, SETTINGS).pixels, expected)
    # OpenCV and Pillow do not decode a JPEG to the same last bit.
    opened = read_picture(Image.open(io.BytesIO(content)), SETTINGS).pixels
    assert opened.shape == expected.shape
    assert np.abs(opened.astype(int) - expected).max() <= 3


def test_arrays_are_taken_as_they_are_and_alpha_is_laid_on_white() -> None:
    assert read_picture(PIXELS, SETTINGS).pixels is PIXELS
    view = PIXELS[::-1, ::2]
    read = read_picture(view, SETTINGS).pixels
    assert read.flags.c_contiguous
    assert np.array_equal(read, view)
    rgba = np.array(translucent())
    expected = read_picture(translucent(), SETTINGS)
    read_too = read_picture(rgba, SETTINGS)
    assert np.array_equal(read_too.pixels, expected.pixels)
    assert np.array_equal(expected.pixels[0, 0], [255, 255, 255])
    assert expected.alpha is not None
    assert read_too.alpha is not None
    assert np.array_equal(read_too.alpha, expected.alpha)
    assert np.array_equal(expected.alpha, rgba[..., 3])


def test_a_pillow_picture_is_left_as_it_was() -> None:
    picture = translucent()
    before = picture.tobytes()
    read_picture(picture, SETTINGS)
    assert (picture.mode, picture.tobytes()) == ("RGBA", before)


@pytest.mark.parametrize("given", [None, 7, ["a.jpg"], io.BytesIO(b"")])
def test_other_types_are_told_by_name(given: Any) -> None:
    with pytest.raises(TypeError, match=f"not as {type(given).__name__}"):
        read_picture(given, SETTINGS)


def test_arrays_of_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError, match=r"of uint8, .* got float64"):
        read_picture(PIXELS / 255.0, SETTINGS)  # type: ignore[arg-type]
    for shape in ((40, 30), (40, 30, 2), (0, 30, 3), (1, 40, 30, 3)):
        with pytest.raises(ValueError, match="expected RGB or RGBA"):
            read_picture(np.zeros(shape, np.uint8), SETTINGS)


def refused(given: Any, **overrides: object) -> tuple[Code, str]:
    with pytest.raises(StageError) as caught:
        read_picture(given, get_settings(**overrides))
    return caught.value.code, caught.value.message


def test_what_cannot_be_read_is_told_with_its_name(tmp_path: Path) -> None:
    assert refused("nowhere.jpg") == (Code.FETCH_NOT_FOUND, "there is no file 'nowhere.jpg'")
    assert refused(tmp_path) == (Code.FETCH_NOT_FOUND, f"{str(tmp_path)!r} is a folder and no file")
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    assert refused(pipe)[0] is Code.FETCH_NOT_FOUND  # and nobody waited for a writer
    loop = tmp_path / "loop.jpg"
    loop.symlink_to(loop)
    assert refused(loop)[0] in (Code.FETCH_BAD_URL, Code.FETCH_DENIED)
    assert refused("a\0b")[0] is Code.FETCH_BAD_URL
    code, message = refused("https://u:secret@shop.example/a.jpg?key=secret")
    assert code is Code.FETCH_BAD_URL
    assert "colourway picture URL" in message
    assert "secret" not in message


def test_a_link_to_a_picture_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_bytes(FILES["plain"])
    (tmp_path / "link.png").symlink_to("real.png")
    assert np.array_equal(read_picture(tmp_path / "link.png", SETTINGS).pixels, PIXELS)


def test_limits_hold_for_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(FILES["plain"])
    assert refused(path, max_image_bytes=100)[0] is Code.FETCH_TOO_LARGE
    with Image.open(path) as opened:
        for given in (path, FILES["plain"], opened, PIXELS):
            assert refused(given, max_image_pixels=1199)[0] is Code.IMAGE_TOO_LARGE


def test_a_broken_picture_opened_with_pillow_has_a_code() -> None:
    cut = encode(smooth(400, 300), "JPEG")[:-2000]
    assert refused(Image.open(io.BytesIO(cut)))[0] is Code.IMAGE_TRUNCATED
    assert refused(Image.new("F", (4, 4)))[0] is Code.UNSUPPORTED_IMAGE
