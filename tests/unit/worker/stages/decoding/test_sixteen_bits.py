import cv2
import numpy as np
import pytest

from tests.support.pictures import WHITE, encode, tiff16
from worker.stages.decode import decode

CAP = 1_000_000
LEVELS = np.array([[0, 128, 129, 255, 32767, 32768, 65407, 65535]], np.uint16)
EXPECTED = np.array([0, 0, 1, 1, 127, 128, 255, 255], np.uint8)


def test_grey() -> None:
    decoded = decode(encode(LEVELS, "PNG"), CAP)

    np.testing.assert_array_equal(decoded[0], np.repeat(EXPECTED[:, None], 3, 1))


def test_grey_where_zero_is_white() -> None:
    decoded = decode(tiff16(LEVELS[..., None], photometric=0), CAP)

    np.testing.assert_array_equal(decoded[0, :, 0], 255 - EXPECTED)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_colour(suffix: str) -> None:
    bgr = np.stack([LEVELS, LEVELS[:, ::-1], LEVELS], -1)
    written, content = cv2.imencode(suffix, bgr)
    assert written

    decoded = decode(content.tobytes(), CAP)

    np.testing.assert_array_equal(decoded[0, :, 0], EXPECTED)
    np.testing.assert_array_equal(decoded[0, :, 1], EXPECTED[::-1])


def test_colour_with_alpha() -> None:
    bgra = np.zeros((2, 2, 4), np.uint16)
    bgra[0, 0] = (257, 514, 771, 65535)
    written, content = cv2.imencode(".png", bgra)
    assert written

    decoded = decode(content.tobytes(), CAP)

    assert tuple(decoded[0, 0]) == (3, 2, 1)
    assert tuple(decoded[1, 1]) == WHITE
