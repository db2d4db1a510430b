"""White that shows through a cloth is not the cloth's colour."""

import numpy as np

from worker.imaging.colours.see_through import without_white
from worker.stages.decoding.decoded import Decoded


def test_colours_are_the_cloths_own() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    alpha = np.linspace(0, 255, 40 * 30).reshape(40, 30).astype(np.uint8)
    labels = np.full((40, 30), 3, np.uint8)
    decoded = Decoded.on_white(rgb, alpha)

    pixels, told = without_white(decoded.pixels, labels, alpha)

    seen = alpha >= 64
    assert np.array_equal(told, np.where(seen, 3, 0))
    assert np.abs(pixels[seen].astype(int) - rgb[seen]).max() <= 2
    assert np.array_equal(pixels[alpha == 255], rgb[alpha == 255])


def test_a_region_that_is_nearly_clear_keeps_its_pixels() -> None:
    pixels, labels = np.full((8, 8, 3), 240, np.uint8), np.full((8, 8), 3, np.uint8)
    labels[:2] = 1
    alpha = np.full((8, 8), 255, np.uint8)
    alpha[:2] = 40

    same, told = without_white(pixels, labels, alpha)

    assert same is pixels
    assert told is labels
