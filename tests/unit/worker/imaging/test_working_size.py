"""Bringing pictures down to the working size, and masks and boxes up again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.imaging.working_size import (
    WORKING_SIDE,
    box_at,
    brought_up,
    capped_hw,
    reduced,
    working_hw,
)

sizes = st.integers(1, 9000)


@given(sizes, sizes)
def test_the_longer_side_is_bounded_and_proportions_stay(height: int, width: int) -> None:
    rows, columns = working_hw((height, width))
    assert max(rows, columns) == min(max(height, width), WORKING_SIDE)
    assert min(rows, columns) >= 1
    assert abs(rows * width - columns * height) <= (height + width) / 2 + max(height, width)


def test_small_pictures_are_left_as_they_are() -> None:
    pixels = np.zeros((WORKING_SIDE, 700, 3), np.uint8)
    assert reduced(pixels, working_hw((WORKING_SIDE, 700))) is pixels
    assert capped_hw((30, 40), 40) == (30, 40)


def test_areas_are_averaged() -> None:
    pixels = np.zeros((4, 2), np.uint8)
    pixels[0, 0], pixels[2:] = 100, 80
    assert reduced(pixels, (2, 1)).tolist() == [[25], [80]]


def test_what_is_left_after_halving_is_bilinear() -> None:
    pixels = np.zeros((6, 6), np.uint8)
    pixels[:, 3:] = 90
    # Halved: 0, 45, 90; their centres lie at 0.5, 1.5 and 2.5, those of two pixels at 0.75, 2.25.
    assert reduced(pixels, (2, 2)).tolist() == [[11, 79], [11, 79]]
    flat = reduced(np.full((3001, 17, 3), 200, np.uint8), (1024, 6))
    assert flat.shape == (1024, 6, 3)
    assert (flat == 200).all()


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.float32])
def test_planes_are_brought_up_pixel_by_pixel(kind: type) -> None:
    plane = np.array([[0, 1], [1, 0]], kind)
    large = brought_up(plane, (6, 4))
    assert large.dtype == kind
    np.testing.assert_array_equal(large, np.kron(plane, np.ones((3, 2), kind)))
    assert brought_up(plane, (2, 2)) is plane


@given(st.data(), st.integers(1, 60), st.integers(1, 60), st.integers(1, 4000))
def test_a_box_covers_what_it_covered(data: st.DataObject, h: int, w: int, rows: int) -> None:
    top, left = data.draw(st.integers(0, h - 1)), data.draw(st.integers(0, w - 1))
    bottom, right = data.draw(st.integers(top + 1, h)), data.draw(st.integers(left + 1, w))
    photo = (max(rows, h), max(round(rows * w / h), w))
    found = box_at((top, left, bottom, right), (h, w), photo)
    assert 0 <= found[0] <= top * photo[0] / h < bottom * photo[0] / h <= found[2] <= photo[0]
    assert 0 <= found[1] <= left * photo[1] / w < right * photo[1] / w <= found[3] <= photo[1]
    assert box_at((top, left, bottom, right), (h, w), (h, w)) == (top, left, bottom, right)
