"""Fills: the person is never touched; facts on them are exact on plain pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.imaging.canvas import GREY
from worker.training.ablations.fill_facts import fill_facts
from worker.training.data.examples import TrainingExample
from worker.training.data.fills import FILLS


@given(name=st.sampled_from(sorted(FILLS)), seed=st.integers(0, 2**32 - 1))
def test_what_is_visible_stays(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (24, 16, 3), np.uint8)
    visible = rng.random((24, 16)) < 0.5
    before = pixels.copy()
    filled = FILLS[name](pixels, visible)
    assert filled.dtype == np.uint8
    assert np.array_equal(filled[visible], pixels[visible])
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize(("name", "colour"), [("grey", GREY), ("black", 0), ("white", 255)])
def test_plain_fills(name: str, colour: int) -> None:
    pixels = np.full((4, 4, 3), 9, np.uint8)
    assert (FILLS[name](pixels, np.zeros((4, 4), np.bool_)) == colour).all()


def test_the_mean_is_the_photos_own() -> None:
    pixels = np.array([[[10, 20, 30], [30, 40, 50]]], np.uint8)
    assert FILLS["mean"](pixels, np.array([[True, False]])).tolist() == [
        [[10, 20, 30], [20, 30, 40]]
    ]


def test_noise_is_the_same_for_the_same_picture() -> None:
    pixels = np.full((8, 8, 3), 77, np.uint8)
    hidden = np.zeros((8, 8), np.bool_)
    assert np.array_equal(FILLS["noise"](pixels, hidden), FILLS["noise"](pixels, hidden))
    assert FILLS["noise"](pixels, hidden).std() > 50


def _square(colour: int) -> TrainingExample:
    labels = np.zeros((384, 384), np.uint8)
    labels[100:300, 100:300] = 3
    pixels = np.full((384, 384, 3), colour, np.uint8)
    return TrainingExample(pixels, labels, True, np.zeros(labels.shape, np.bool_), None)


def test_a_white_garment_vanishes_in_white_and_not_in_black() -> None:
    white = fill_facts(FILLS["white"], [_square(255)])
    assert white == pytest.approx({"from_zero": 1.0, "alike": 1.0, "contrast": 0.0}, abs=1e-3)
    black = fill_facts(FILLS["black"], [_square(255)])
    assert black == pytest.approx({"from_zero": 1.0, "alike": 0.0, "contrast": 100.0}, abs=0.1)


def test_grey_is_zero_to_the_network() -> None:
    assert fill_facts(FILLS["grey"], [_square(255)])["from_zero"] < 0.01
