"""Bringing a mask to the photo's own pixels."""

import numpy as np
import pytest

from worker.imaging.canvas import make_fit
from worker.imaging.paste import HALF, box_of_mask, paste_shares


@pytest.mark.parametrize("photo_hw", [(200, 100), (90, 160), (33, 17)])
def test_a_pasted_box_mask_covers_its_box(photo_hw: tuple[int, int]) -> None:
    fit = make_fit(photo_hw, (96, 64))
    soft = np.zeros((28, 14), np.float32)
    soft[7:21, 3:11] = 1.0
    window = np.array([fit.top, fit.left, *np.add((fit.top, fit.left), fit.inner_hw)], np.float32)
    pasted = paste_shares(soft, window, fit) >= HALF
    assert pasted.shape == photo_hw
    box = box_of_mask(pasted)
    assert box is not None
    expected = np.array([7 / 28, 3 / 14, 21 / 28, 11 / 14]) * np.tile(photo_hw, 2)
    assert np.abs(np.array(box) - expected).max() <= 1.0


def test_a_window_beyond_the_canvas_is_cut() -> None:
    fit = make_fit((100, 50), (100, 50))
    window = np.array([-50, -25, 50, 25], np.float32)
    assert box_of_mask(paste_shares(np.ones((8, 8), np.float32), window, fit) >= HALF) == (
        0,
        0,
        50,
        25,
    )


def test_shares_are_of_255() -> None:
    fit = make_fit((8, 8), (8, 8))
    pasted = paste_shares(np.full((4, 4), 0.4, np.float32), np.array([0, 0, 8, 8], np.float32), fit)
    assert (pasted[2:6, 2:6] == 102).all()


def test_box_of_an_empty_mask_is_none() -> None:
    assert box_of_mask(np.zeros((3, 4), bool)) is None
    one = np.zeros((3, 4), bool)
    one[1, 2] = True
    assert box_of_mask(one) == (1, 2, 2, 3)
