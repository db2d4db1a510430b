"""What is measured of a cloth: directions, repeats, motifs, and light that is taken out."""

import numpy as np
import pytest

from worker.imaging.patterns.cloth_patch import AREA, ENOUGH, patch_of
from worker.imaging.patterns.motifs import motifs_of
from worker.imaging.patterns.waves import edges_of, repeats_of

SIDE = 100


def grid() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    return y, x


INSIDE = np.ones((SIDE, SIDE), np.bool_)


def test_stripes_have_one_direction_and_checks_two() -> None:
    y, x = grid()
    stripes, checks = np.sin(y / 2), np.sin(y / 2) + np.sin(x / 2)
    one, two = (
        edges_of(np.repeat(each[..., None], 3, axis=2).astype(np.float32), INSIDE)
        for each in (stripes, checks)
    )
    assert one.along_one == pytest.approx(1, abs=0.02)
    assert one.upright == pytest.approx(-1, abs=0.02)
    assert abs(one.turn) == pytest.approx(np.pi / 2, abs=0.05)
    assert two.along_one < 0.15


def test_stripes_repeat_at_their_pitch() -> None:
    y, _ = grid()
    stripes = np.sin(y * (2 * np.pi / 12)).astype(np.float32)
    found = repeats_of(stripes, INSIDE, np.pi / 2)
    assert found.pitch == 12
    assert (found.deep, found.high, found.kept) == pytest.approx((-1, 2, 1), abs=0.05)


def test_noise_repeats_nowhere() -> None:
    noise = np.random.default_rng(1).normal(size=(SIDE, SIDE)).astype(np.float32)
    found = repeats_of(noise, INSIDE, 0.0)
    assert found.high < 0.15
    assert found.highest < 0.15


def test_dots_are_islands_of_one_size() -> None:
    y, x = grid()
    dots = (np.hypot(x % 20 - 10, y % 20 - 10) < 5).astype(np.float32) * 40
    detail = np.dstack([dots, np.zeros_like(dots), np.zeros_like(dots)])
    found = motifs_of(dots, detail, INSIDE)
    assert found.islands * SIDE * SIDE / 1000 == pytest.approx(25)
    assert found.uneven == pytest.approx(0, abs=0.01)
    assert found.slim == pytest.approx(1)
    assert found.fill == pytest.approx(69 / 81)  # a circle drawn of squares
    assert (found.apart, found.ground) == (pytest.approx(1, abs=0.12), 1)


def test_light_that_changes_slowly_is_taken_out() -> None:
    y, _ = grid()
    light = (0.5 + 0.5 * y / SIDE)[..., None]
    pixels = np.rint(light * (200, 60, 50)).astype(np.uint8)
    patch = patch_of(pixels, INSIDE)
    assert patch is not None
    middle = patch.detail[30:-30, 30:-30]
    assert patch.lab[..., 0].std() > 5
    assert np.abs(middle).max() < 2.5


def test_a_large_piece_is_reduced_and_a_small_one_is_none() -> None:
    pixels = np.full((600, 900, 3), 120, np.uint8)
    patch = patch_of(pixels, np.ones((600, 900), np.bool_))
    assert patch is not None
    assert 0.8 * AREA < patch.area <= AREA
    side = int(ENOUGH**0.5)
    assert patch_of(pixels[:side, :side], np.ones((side, side), np.bool_)) is None
    assert patch_of(pixels, np.zeros((600, 900), np.bool_)) is None
