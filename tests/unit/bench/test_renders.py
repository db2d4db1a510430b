"""The rendered garments that extraction is measured on."""

import numpy as np
import pytest

from bench.colours.renders import KINDS, LIGHTS, SIZE_HW, render
from shared.colour.cielab import delta_e2000, rgb_to_lab


def test_a_seed_gives_the_same_picture_and_truth() -> None:
    one, other = render(11), render(11)
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.truth, other.truth)
    assert (render(12).pixels != one.pixels).any()


def test_nine_in_a_row_hold_every_kind_under_every_light() -> None:
    drawn = [render(seed) for seed in range(9)]
    assert {(one.kind, one.light) for one in drawn} == {
        (k, light) for k in KINDS for light in LIGHTS
    }


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shares_are_of_the_garment_and_the_truth_is_the_largest(seed: int) -> None:
    drawn = render(seed)
    assert drawn.pixels.shape == (*SIZE_HW, 3)
    assert 0.1 < drawn.mask.mean() < 0.7
    assert drawn.shares.sum() == pytest.approx(1, abs=1e-3)
    np.testing.assert_array_equal(drawn.truth, drawn.colours[drawn.shares.argmax()])
    seconds = np.sort(drawn.shares)[::-1]
    assert len(seconds) == 1 or seconds[0] > 1.2 * seconds[1]


def test_neutral_light_shows_plain_cloth_near_its_own_colour_and_other_lights_do_not() -> None:
    """Seeds of plain cloth (0, 3, 6 modulo 9 by light); the median pixel, and no extraction."""
    away = {light: [] for light in LIGHTS}
    for seed in range(0, 90, 3):
        drawn = render(seed)
        middle = np.median(rgb_to_lab(drawn.pixels[drawn.mask]), axis=0)
        away[drawn.light].append(float(delta_e2000(middle, drawn.truth)))
    assert np.median(away["neutral"]) < 3
    assert min(np.median(away["warm"]), np.median(away["cool"])) > 4
