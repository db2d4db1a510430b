"""Fitting photos onto canvases and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from worker.imaging.canvas import GREY, from_canvas, make_fit, onto_canvas, to_unit

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
