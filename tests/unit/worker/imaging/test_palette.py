"""The palette: exact reading, no third region between two paints, margins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.imaging.palette import (
    PALETTE,
    UNDECIDED,
    margin,
    nearest,
    paint_labels,
    threshold,
)

LABELS = np.arange(4, dtype=np.uint8).reshape(2, 2)


def test_painted_labels_are_read_back() -> None:
    painting = paint_labels(LABELS)
    assert painting.tolist() == [[[0, 0, 0], [255, 0, 0]], [[0, 255, 0], [0, 0, 255]]]
    assert threshold(painting).tolist() == LABELS.tolist()
    assert nearest(painting).tolist() == LABELS.tolist()
    assert margin(painting).tolist() == [[1.0, 1.0], [1.0, 1.0]]


@given(rgb=st.tuples(*[st.integers(0, 255)] * 3))
def test_nearest_is_the_paint_at_least_distance(rgb: tuple[int, int, int]) -> None:
    distances = ((np.array(PALETTE, float) - np.array(rgb)) ** 2).sum(axis=1)
    found = nearest(np.array([[rgb]], np.uint8))[0, 0]
    assert distances[found] == distances.min()


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(4))
def test_two_paints_never_mix_to_a_third(first: int, second: int) -> None:
    share = np.linspace(0, 1, 101)[:, None]
    mixed = share * np.array(PALETTE[first]) + (1 - share) * np.array(PALETTE[second])
    read = threshold(mixed.round().astype(np.uint8)[None])
    assert set(np.unique(read)) <= {first, second, UNDECIDED}


def test_a_grey_pixel_is_in_no_range() -> None:
    assert threshold(np.full((1, 1, 3), 160, np.uint8))[0, 0] == UNDECIDED


def test_margin_falls_to_zero_between_paints() -> None:
    between = np.array([[[128, 0, 0], [200, 200, 0]]], np.uint8)
    assert margin(between).max() < 0.01
