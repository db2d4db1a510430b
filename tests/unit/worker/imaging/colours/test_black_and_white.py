import io

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures import encode, noise, smooth
from worker.imaging.colours.black_and_white import is_black_and_white


def through_jpeg(picture: Image.Image, quality: int) -> np.ndarray:
    content = encode(picture, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.mark.parametrize("has_skin", [False, True])
@pytest.mark.parametrize("quality", [40, 75, 95])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_greys_whatever_the_file(mode: str, quality: int, has_skin: bool) -> None:
    grey = Image.fromarray(smooth(300, 220)).convert("L").convert(mode)

    assert is_black_and_white(through_jpeg(grey, quality), has_skin)


def test_a_person_in_faint_tints_of_the_file() -> None:
    grey = smooth(120, 90).mean(axis=2)
    tinted = (grey[..., None] * 0.9 + noise(120, 90) % 8).astype(np.uint8)

    assert is_black_and_white(tinted, has_skin=True)
    assert not is_black_and_white(tinted, has_skin=False)


def test_a_hundredth_in_colour_is_enough() -> None:
    pixels = np.full((200, 200, 3), 90, np.uint8)
    pixels[:20, :40] = (180, 120, 100)

    assert not is_black_and_white(pixels, has_skin=True)
    assert not is_black_and_white(pixels, has_skin=False)


def test_a_black_garment_with_the_tint_of_a_camera() -> None:
    pixels = np.full((200, 200, 3), (250, 250, 250), np.uint8)
    pixels[50:150, 50:150] = (24, 24, 26)

    assert not is_black_and_white(pixels, has_skin=False)


def test_nothing_is_no_picture() -> None:
    assert not is_black_and_white(np.zeros((0, 0, 3), np.uint8), has_skin=True)
