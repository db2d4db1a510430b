"""Fitting photos onto canvases and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.imaging.canvas import (
    GREY,
    from_canvas,
    from_fraction,
    make_fit,
    onto_canvas,
    onto_released_canvas,
    to_unit,
)

SIDES = st.integers(1, 300)


@given(height=SIDES, width=SIDES)
def test_a_fit_lies_on_its_canvas_and_fills_one_side(height: int, width: int) -> None:
    fit = make_fit((height, width), (96, 64))
    assert 0 <= fit.top <= fit.top + fit.inner_hw[0] <= 96
    assert 0 <= fit.left <= fit.left + fit.inner_hw[1] <= 64
    assert fit.inner_hw[0] == 96 or fit.inner_hw[1] == 64


@given(height=SIDES, width=SIDES)
def test_a_plain_photo_comes_back_as_it_went(height: int, width: int) -> None:
    photo = np.full((height, width, 3), (10, 200, 90), np.uint8)
    fit = make_fit((height, width), (96, 64))
    assert (from_canvas(onto_canvas(photo, fit), fit) == photo).all()


def test_what_a_photo_leaves_free_is_grey() -> None:
    canvas = onto_canvas(np.zeros((50, 50, 3), np.uint8), make_fit((50, 50), (96, 64)))
    assert (canvas[:16] == GREY).all()
    assert (canvas[80:] == GREY).all()
    assert (canvas[16:80] == 0).all()


def test_grey_is_the_zero_of_the_networks() -> None:
    assert to_unit(np.array([0, 255], np.uint8)).tolist() == [-1.0, 1.0]
    assert abs(float(to_unit(np.array([GREY], np.uint8))[0])) < 0.005


@pytest.mark.parametrize(
    ("photo_hw", "inner_hw"),
    [
        ((826, 550), (1024, 682)),  # its short side would be 800 at 1201 pixels of height
        ((300, 300), (800, 800)),  # enlarged to the short side, no further
        ((900, 1000), (900, 1000)),  # large enough, and fits
        ((3000, 2000), (1024, 683)),
    ],
)
def test_the_released_sizes(photo_hw: tuple[int, int], inner_hw: tuple[int, int]) -> None:
    fit = make_fit(photo_hw, (1024, 1024), short_side=800)
    assert fit.inner_hw == inner_hw
    top, left, bottom, right = fit.window_yxyx
    assert (bottom - top, right - left) == inner_hw
    assert (top, left) == ((1024 - inner_hw[0]) // 2, (1024 - inner_hw[1]) // 2)


def test_the_released_canvas_is_black_around_a_photo_cut_to_whole_numbers() -> None:
    photo = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    canvas = onto_released_canvas(photo, make_fit((1, 2), (4, 4)))
    assert canvas.dtype == np.uint8
    assert (canvas[0] == 0).all()
    assert (canvas[3] == 0).all()
    # Half-pixel centres at -0.25, 0.25, 0.75 and 1.25: 63.75 and 191.25 lose their fractions.
    assert canvas[1:3, :, 0].tolist() == [[0, 63, 191, 255]] * 2


def test_a_photo_of_the_canvas_size_stays_as_it_is() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    assert np.array_equal(onto_released_canvas(photo, make_fit((8, 8), (8, 8))), photo)


@given(height=st.integers(8, 300), width=st.integers(8, 300), stride=st.sampled_from([2, 4]))
def test_a_painting_of_a_fraction_of_the_canvas_comes_back_to_its_place(
    height: int, width: int, stride: int
) -> None:
    fit = make_fit((height, width), (96, 64))
    # Every pixel says where its middle lies on the canvas; the photo's pixels read it off.
    rows = (np.arange(96 // stride, dtype=np.float32) + 0.5) * stride
    plane = np.repeat(rows[:, None], 64 // stride, axis=1)
    back = from_fraction(plane, fit, stride)
    assert back.shape == (height, width)
    expected = fit.top + (np.arange(height) + 0.5) * fit.inner_hw[0] / height
    inner = (expected > stride) & (expected < 96 - stride)
    assert np.abs(back[inner, width // 2] - expected[inner]).max(initial=0) < 0.2
