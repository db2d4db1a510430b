"""Which pixels of a region speak for it."""

import numpy as np
import pytest

from worker.imaging.colours.sample import ENOUGH, FULL_WEIGHT, WORKING_AREA, working_picture
from worker.imaging.regions import CLOTHES, SKIN

RED, GREY = (200, 20, 30), (128, 128, 128)


def picture(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A red square of half the sides in the middle of grey."""
    pixels = np.full((height, width, 3), GREY, np.uint8)
    labels = np.zeros((height, width), np.uint8)
    inner = np.s_[height // 4 : height - height // 4, width // 4 : width - width // 4]
    pixels[inner], labels[inner] = RED, CLOTHES
    return pixels, labels


@pytest.mark.parametrize("size_hw", [(64, 48), (700, 500), (1601, 1203)])
def test_nothing_but_the_region_is_sampled(size_hw: tuple[int, int]) -> None:
    sample = working_picture(*picture(*size_hw)).sample(CLOTHES)
    assert len(sample.rgb) >= ENOUGH
    np.testing.assert_array_equal(np.unique(sample.rgb, axis=0), [RED])


def test_a_large_picture_is_reduced_to_the_working_area() -> None:
    working = working_picture(*picture(2000, 1500))
    assert working.pixels.shape == (1002, 752, 3)
    assert working.reduced.shape[0] * working.reduced.shape[1] == pytest.approx(
        WORKING_AREA, rel=0.01
    )
    assert len(working.sample(CLOTHES).rgb) <= WORKING_AREA * 1.01


def test_pixels_count_more_the_further_inside_they_lie() -> None:
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[..., 0] = np.arange(40)
    labels = np.zeros((40, 40), np.uint8)
    labels[:, 10:30] = CLOTHES
    sample = working_picture(pixels, labels).sample(CLOTHES)
    by_column = {int(x): int(sample.weights[sample.rgb[:, 0] == x][0]) for x in sample.rgb[:, 0]}
    assert min(by_column) > 10
    assert max(by_column) < 29
    assert by_column[min(by_column)] < by_column[min(by_column) + 1] < by_column[20]
    assert by_column[20] == FULL_WEIGHT


def test_the_pictures_own_border_is_no_edge_of_the_region() -> None:
    labels = np.full((30, 30), CLOTHES, np.uint8)
    sample = working_picture(np.zeros((30, 30, 3), np.uint8), labels).sample(CLOTHES)
    assert sample.weights.tolist() == [FULL_WEIGHT] * 900


def test_unsure_pixels_count_less_but_never_nothing() -> None:
    labels = np.full((20, 20), CLOTHES, np.uint8)
    confidence = np.repeat(np.array([0.0, 1.0], np.float32), 10)[None].repeat(20, axis=0)
    pixels = np.zeros((20, 20, 3), np.uint8)
    pixels[:, 10:] = 255
    sample = working_picture(pixels, labels, confidence).sample(CLOTHES)
    assert set(sample.weights[sample.rgb[:, 0] == 255].tolist()) == {FULL_WEIGHT}
    assert set(sample.weights[sample.rgb[:, 0] == 0].tolist()) == {13}


@pytest.mark.parametrize("count", [1, 2, ENOUGH - 1])
def test_a_region_of_few_pixels_is_taken_whole(count: int) -> None:
    labels = np.zeros((600, 500), np.uint8)
    labels[50, 20 : 20 + count] = SKIN
    labels[400:, 400:] = CLOTHES
    pixels = np.zeros((600, 500, 3), np.uint8)
    pixels[labels == SKIN] = RED
    sample = working_picture(pixels, labels).sample(SKIN)
    np.testing.assert_array_equal(sample.rgb, np.tile(RED, (count, 1)))


def test_a_region_that_is_all_edge_is_still_sampled() -> None:
    labels = np.zeros((900, 900), np.uint8)
    labels[::3] = CLOTHES
    pixels = np.full((900, 900, 3), GREY, np.uint8)
    pixels[::3] = RED
    sample = working_picture(pixels, labels).sample(CLOTHES)
    np.testing.assert_array_equal(np.unique(sample.rgb, axis=0), [RED])


def test_an_empty_region_gives_an_empty_sample() -> None:
    for labels in (np.zeros((9, 9), np.uint8), np.full((9, 9), CLOTHES, np.uint8)):
        sample = working_picture(np.zeros((9, 9, 3), np.uint8), labels).sample(SKIN)
        assert (sample.rgb.shape, sample.weights.shape) == ((0, 3), (0,))


def test_shapes_that_do_not_fit_are_refused() -> None:
    pixels, labels = picture(20, 20)
    with pytest.raises(ValueError, match="expected pixels"):
        working_picture(pixels[1:], labels)
    with pytest.raises(ValueError, match="expected confidence"):
        working_picture(pixels, labels, np.zeros((20, 19), np.float32))
