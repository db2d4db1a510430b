"""Augmentation: photo and labels move together, and the same seed gives the same picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.imaging.canvas import GREY
from worker.training.data.augment import (
    Placement,
    mistaken_mask,
    place,
    relight,
    warp_labels,
    warp_photo,
)


@given(seed=st.integers(0, 2**32 - 1), height=st.integers(20, 90), width=st.integers(20, 90))
@settings(max_examples=40, deadline=None)
def test_labels_stay_under_their_pixels(seed: int, height: int, width: int) -> None:
    labels = np.zeros((height, width), np.uint8)
    labels[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4] = 3
    photo = np.zeros((height, width, 3), np.uint8)
    photo[labels == 3] = 255
    matrix = place((height, width), (96, 64), np.random.default_rng(seed), Placement())
    moved = warp_labels(labels, matrix, (96, 64))
    bright = warp_photo(photo, matrix, (96, 64))[..., 1]
    assert moved.shape == (96, 64)
    # Only pixels on an edge, where the photo is interpolated, may differ.
    assert (bright[moved == 3] >= 100).mean() > 0.9
    assert (bright[moved == 0] > 155).mean() < 0.1


def test_beyond_the_photo_lies_grey_background() -> None:
    far = np.array([[1.0, 0, 200], [0, 1.0, 200]])
    assert (warp_photo(np.zeros((10, 10, 3), np.uint8), far, (16, 16)) == GREY).all()
    assert (warp_labels(np.full((10, 10), 3, np.uint8), far, (16, 16)) == 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_relighting_keeps_shape_and_repeats_with_its_seed(seed: int) -> None:
    photo = np.random.default_rng(9).integers(0, 256, (24, 16, 3)).astype(np.uint8)
    before = photo.copy()
    once = relight(photo, np.random.default_rng(seed))
    again = relight(photo, np.random.default_rng(seed))
    assert once.shape == photo.shape
    assert once.dtype == np.uint8
    assert np.array_equal(once, again)
    assert np.array_equal(photo, before)


@pytest.mark.parametrize("seed", range(8))
def test_a_mistaken_mask_is_wrong_but_not_lost(seed: int) -> None:
    person = np.zeros((192, 128), bool)
    person[20:180, 40:90] = True
    mistaken = mistaken_mask(person, np.random.default_rng(seed))
    overlap = (mistaken & person).sum() / (mistaken | person).sum()
    assert mistaken.dtype == bool
    assert 0.3 < overlap < 1.0
