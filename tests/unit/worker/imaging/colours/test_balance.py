"""The light's colour, judged and taken out."""

import numpy as np
import pytest

from shared.colour.cielab import delta_e2000, rgb_to_lab
from worker.imaging.colours.balance import balanced, light_gains
from worker.imaging.regions import CLOTHES

WARM = np.array([1.25, 1.0, 0.7])
COAT = np.s_[20:80, 20:60]


def photo(backdrop: tuple[float, ...], light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A blue coat, albedo (0.05, 0.1, 0.3), before a backdrop under a light; all linear."""
    linear = np.empty((100, 80, 3))
    linear[:] = backdrop
    labels = np.zeros((100, 80), np.uint8)
    linear[COAT], labels[COAT] = (0.05, 0.1, 0.3), CLOTHES
    lit = np.clip(linear * light, 0, 1)
    coded = np.where(lit <= 0.0031308, 12.92 * lit, 1.055 * lit ** (1 / 2.4) - 0.055)
    return np.rint(coded * 255).astype(np.uint8), labels


def off(one: np.ndarray, other: np.ndarray) -> float:
    return float(delta_e2000(rgb_to_lab(one[50, 40]), rgb_to_lab(other[50, 40])))


def test_paper_under_a_warm_lamp_tells_the_lamp() -> None:
    truth, labels = photo((0.7, 0.7, 0.7), np.ones(3))
    warm, _ = photo((0.7, 0.7, 0.7), WARM)
    assert off(warm, truth) > 4
    assert off(balanced(warm, labels, "backdrop"), truth) < 1.5


def test_neutral_paper_changes_nothing_to_speak_of() -> None:
    truth, labels = photo((0.7, 0.7, 0.7), np.ones(3))
    assert np.abs(balanced(truth, labels, "backdrop").astype(int) - truth).max() <= 1


@pytest.mark.parametrize("wall", [(0.6, 0.2, 0.1), (0.05, 0.05, 0.05)])
def test_a_coloured_or_dark_wall_is_no_paper(wall: tuple[float, ...]) -> None:
    pixels, labels = photo(wall, np.ones(3))
    assert light_gains(pixels, labels, "backdrop") is None
    assert balanced(pixels, labels, "backdrop") is pixels


def test_a_street_is_no_paper() -> None:
    pixels, labels = photo((0.7, 0.7, 0.7), np.ones(3))
    street = np.random.default_rng(1).integers(0, 256, pixels.shape).astype(np.uint8)
    street[COAT] = pixels[COAT]
    assert light_gains(street, labels, "backdrop") is None


def test_a_picture_without_backdrop_tells_nothing() -> None:
    pixels = np.full((9, 9, 3), 200, np.uint8)
    assert light_gains(pixels, np.full((9, 9), CLOTHES, np.uint8), "backdrop") is None


def test_grey_world_makes_the_mean_grey_and_keeps_its_luminance() -> None:
    rng = np.random.default_rng(3)
    pixels = (rng.integers(40, 180, (60, 60, 3)) * (1.0, 0.9, 0.75)).astype(np.uint8)
    done = balanced(pixels, np.zeros((60, 60), np.uint8), "grey-world")
    linear = (done / 255.0) ** 2.2
    mean = linear.reshape(-1, 3).mean(axis=0)
    assert np.ptp(mean) < 0.01
    luminance = np.array([0.2126, 0.7152, 0.0722])
    before = ((pixels / 255.0) ** 2.2).reshape(-1, 3).mean(axis=0) @ luminance
    assert mean @ luminance == pytest.approx(before, rel=0.03)


def test_off_gives_the_picture_back() -> None:
    pixels, labels = photo((0.7, 0.7, 0.7), WARM)
    assert balanced(pixels, labels, "off") is pixels
