"""The palette: exact reading, no third region between two paints, margins."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench.pictures.palette import row
from tests.support import ROOT
from worker.imaging.palette import (
    PALETTE,
    THRESHOLDS,
    UNDECIDED,
    margin,
    nearest,
    nearest_primary,
    paint_labels,
    painted_share,
    threshold,
)
from worker.imaging.regions import LABEL_NAMES, Pixels

RECORD = ROOT / "docs/decisions/0009-palette.md"
LABELS = np.arange(4, dtype=np.uint8).reshape(2, 2)
PAINTINGS = arrays.arrays(
    np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=8).map(lambda hw: (*hw, 3))
)


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


@given(painting=PAINTINGS)
def test_what_is_not_black_is_painted_and_belongs_to_a_primary(painting: Pixels) -> None:
    np.testing.assert_array_equal(painted_share(painting), painting.sum(axis=2).clip(max=255))
    np.testing.assert_array_equal(nearest_primary(painting), painting.argmax(axis=2) + 1)


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


@given(painting=PAINTINGS)
def test_thresholds_hold_a_pixel_within_their_bounds_and_no_other(painting: Pixels) -> None:
    hsv = cv2.cvtColor(painting, cv2.COLOR_RGB2HSV).reshape(-1, 3).tolist()
    for pixel, read in zip(hsv, threshold(painting).ravel().tolist(), strict=True):
        holders = {
            label
            for label, ranges in enumerate(THRESHOLDS)
            for held in ranges
            if all(
                low <= v <= high for low, v, high in zip(held.low, pixel, held.high, strict=True)
            )
        }
        assert holders == ({read} if read != UNDECIDED else set())


def test_every_hsv_value_is_in_one_range_at_most() -> None:
    hue, saturation, value = np.meshgrid(np.arange(180), [0, 95, 96, 255], [0, 112, 113, 255])
    held = np.zeros(hue.shape, int)
    for ranges in THRESHOLDS:
        for one in ranges:
            inside = np.ones(hue.shape, bool)
            for channel, low, high in zip((hue, saturation, value), one.low, one.high, strict=True):
                inside &= (channel >= low) & (channel <= high)
            held += inside
    assert held.max() == 1


@given(painting=PAINTINGS)
def test_margin_is_the_lead_over_the_next_paint(painting: Pixels) -> None:
    squares = np.square(painting[:, :, None].astype(int) - np.array(PALETTE)).sum(axis=3)
    # The squared distances to two paints differ most on one of them: by 255² from black to a
    # primary, by twice that from primary to primary.
    black, primaries = squares[..., 0], np.sort(squares[..., 1:], axis=2)
    from_black = np.abs(black - primaries[..., 0]) / 255**2
    lead = (primaries[..., 1] - primaries[..., 0]) / (2 * 255**2)
    expected = np.where(black < primaries[..., 0], from_black, np.minimum(from_black, lead))
    found = margin(painting)
    assert found.dtype == np.float32
    assert np.allclose(found, expected, atol=1e-6)


def test_the_margins_that_are_written_down_are_those_of_the_table() -> None:
    written = RECORD.read_text("utf-8")
    for label, name in enumerate(LABEL_NAMES):
        assert f"| {name} | {' | '.join(row(label))} |" in written
