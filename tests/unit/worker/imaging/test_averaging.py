"""Averaging pictures down."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from worker.imaging.averaging import averaged


@given(st.tuples(st.integers(1, 90), st.integers(1, 90)), st.data())
def test_the_bytes_are_those_of_opencv(size_hw: tuple[int, int], data: st.DataObject) -> None:
    small_hw = (data.draw(st.integers(1, size_hw[0])), data.draw(st.integers(1, size_hw[1])))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    # Few levels: means fall half-way between two bytes often.
    most = data.draw(st.sampled_from([2, 5, 256]))
    pixels = random.integers(0, most, (*size_hw, 3), np.uint8)
    expected = cv2.resize(pixels, small_hw[::-1], interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(averaged(pixels, small_hw), expected)
