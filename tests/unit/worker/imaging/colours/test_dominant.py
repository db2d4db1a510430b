"""Dominant colours of pixels whose colours are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.colour.cielab import delta_e2000, lab_to_rgb, rgb_to_lab
from worker.imaging.colours.dominant import CLOTHES_LIMITS, dominant

pixels = hnp.arrays(np.uint8, st.tuples(st.integers(1, 60), st.just(3)))


def heap(*parts: tuple[tuple[int, int, int], int]) -> np.ndarray:
    """RGB (N, 3): so many pixels of each colour, with a little noise."""
    noise = np.random.default_rng(5)
    rows = [np.tile(rgb, (count, 1)) + noise.integers(-2, 3, (count, 3)) for rgb, count in parts]
    return np.clip(np.concatenate(rows), 0, 255).astype(np.uint8)


def ones(rgb: np.ndarray) -> np.ndarray:
    return np.ones(len(rgb), np.int64)


def shaded(rgb: tuple[int, int, int], low: float, high: float, count: int = 4000) -> np.ndarray:
    """One cloth under light between two factors, multiplied in linear light."""
    value = np.array(rgb) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    lit = np.clip(linear * np.linspace(low, high, count)[:, None], 0, 1)
    encoded = np.where(lit <= 0.0031308, 12.92 * lit, 1.055 * lit ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def far(lab: tuple[float, float, float], rgb: tuple[int, int, int]) -> float:
    return float(delta_e2000(lab, rgb_to_lab(np.array(rgb, np.uint8))))


def test_nothing_gives_nothing() -> None:
    assert dominant(np.zeros((0, 3), np.uint8), np.zeros(0, np.int64)) == ()


@pytest.mark.parametrize("rgb", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 30, 60)])
@pytest.mark.parametrize("count", [1, 2, 5000])
def test_one_colour_is_found_exactly(rgb: tuple[int, int, int], count: int) -> None:
    flat = np.tile(np.array(rgb, np.uint8), (count, 1))
    (only,) = dominant(flat, ones(flat))
    assert only.share == 1.0
    np.testing.assert_array_equal(lab_to_rgb(only.lab), rgb)


def test_several_colours_come_with_their_shares_in_order() -> None:
    rgb = heap(((20, 30, 90), 600), ((240, 240, 235), 300), ((200, 20, 30), 100))
    found = dominant(rgb, ones(rgb))
    assert [colour.share for colour in found] == pytest.approx([0.6, 0.3, 0.1])
    truths = ((20, 30, 90), (240, 240, 235), (200, 20, 30))
    assert max(far(c.lab, truth) for c, truth in zip(found, truths, strict=True)) < 1.5


def test_weights_count_as_pixels_do() -> None:
    rgb = heap(((20, 30, 90), 100), ((240, 240, 235), 100))
    weights = np.repeat([1, 3], 100).astype(np.int64)
    found = dominant(rgb, weights)
    assert [colour.share for colour in found] == pytest.approx([0.75, 0.25])
    assert far(found[0].lab, (240, 240, 235)) < 1.5


@pytest.mark.parametrize(
    "cloth",
    [(200, 30, 40), (30, 60, 160), (20, 110, 60), (225, 165, 30), (190, 190, 190), (90, 60, 40)],
)
def test_lights_and_shadows_of_one_cloth_are_one_colour(cloth: tuple[int, int, int]) -> None:
    rgb = shaded(cloth, 0.35, 1.05)
    (only,) = dominant(rgb, ones(rgb))
    assert only.share == 1.0
    # Light is spread evenly over the folds here, so the lit part is a little below full light.
    assert far(only.lab, cloth) < 9


def test_sun_and_deep_shade_of_one_strong_colour_are_joined() -> None:
    rgb = np.concatenate([shaded((170, 20, 35), 0.05, 0.15), shaded((170, 20, 35), 0.9, 1.1, 6000)])
    found = dominant(rgb, ones(rgb))
    assert [round(colour.share, 2) for colour in found] == [1.0]


def test_black_trousers_and_a_grey_coat_are_two_colours() -> None:
    rgb = heap(((18, 18, 20), 500), ((120, 121, 123), 500))
    assert len(dominant(rgb, ones(rgb))) == 2


def test_the_colour_is_that_of_the_lit_part() -> None:
    rgb = np.concatenate([shaded((60, 90, 150), 0.5, 0.95, 300), heap(((60, 90, 150), 700))])
    (only,) = dominant(rgb, ones(rgb))
    mean = rgb_to_lab(rgb).mean(axis=0)
    assert far(only.lab, (60, 90, 150)) < 1.0
    assert far(only.lab, (60, 90, 150)) < delta_e2000(mean, rgb_to_lab(rgb[-1]))


def test_buttons_and_stray_pixels_are_left_out() -> None:
    rgb = heap(((240, 240, 240), 990), ((200, 20, 30), 10))
    (only,) = dominant(rgb, ones(rgb))
    assert only.share == 1.0


def test_of_many_colours_the_largest_stay() -> None:
    hues = [(230, 30, 30), (30, 170, 50), (30, 60, 220), (250, 220, 30), (10, 10, 10)]
    rgb = heap(*[(hue, 100 + 10 * k) for k, hue in enumerate([*hues, (250, 250, 250)])])
    found = dominant(rgb, ones(rgb))
    assert len(found) == CLOTHES_LIMITS.most
    assert sum(colour.share for colour in found) == pytest.approx(1)
    assert min(far(colour.lab, hues[0]) for colour in found) > 20


@given(pixels)
def test_shares_sum_to_one_and_fall(rgb: np.ndarray) -> None:
    found = dominant(rgb, ones(rgb))
    shares = [colour.share for colour in found]
    assert 1 <= len(found) <= CLOTHES_LIMITS.most
    assert sum(shares) == pytest.approx(1, abs=1e-9)
    assert shares == sorted(shares, reverse=True)
    assert all(-1e-3 <= colour.lab[0] <= 100.001 for colour in found)


@given(pixels, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_the_pixels_does_not_matter(rgb: np.ndarray, random: object) -> None:
    order = list(range(len(rgb)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis' Random
    weights = np.arange(1, len(rgb) + 1)
    assert dominant(rgb[order], weights[order]) == dominant(rgb, weights)


@given(pixels, st.integers(2, 50))
@settings(max_examples=60)
def test_more_of_the_same_changes_nothing(rgb: np.ndarray, times: int) -> None:
    once, often = dominant(rgb, ones(rgb)), dominant(rgb, ones(rgb) * times)
    assert [colour.lab for colour in once] == [colour.lab for colour in often]
    assert [c.share for c in once] == pytest.approx([c.share for c in often])


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected rgb \(2, 3\), got \(3, 3\)"):
        dominant(np.zeros((3, 3), np.uint8), np.ones(2, np.int64))
