"""Light, shadow and shine of one cloth, and its own colour."""

import numpy as np
import pytest

from shared.colour.cielab import rgb_to_lab
from worker.imaging.colours.cloth import Peaks, cloth_of_lab, own_colour


def bytes_of(linear: np.ndarray) -> np.ndarray:
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.clip(np.rint(encoded * 255), 0, 255).astype(np.uint8)


def linear_of(rgb: tuple[int, int, int]) -> np.ndarray:
    value = np.array(rgb) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def shiny(rgb: tuple[int, int, int], shine: np.ndarray) -> np.ndarray:
    """CIELAB of one cloth with so much white light on it, linear."""
    lab = rgb_to_lab(bytes_of(linear_of(rgb) + shine[:, None] * (1 - linear_of(rgb))))
    return lab.astype(np.float64)


def peaks_of(*heaps: np.ndarray) -> Peaks:
    """Each heap as a cluster of its own."""
    lab = np.concatenate(heaps)
    cluster = np.repeat(np.arange(len(heaps)), [len(heap) for heap in heaps])
    return Peaks.of(cluster, cloth_of_lab(lab), np.ones(len(lab)))


@pytest.mark.parametrize("rgb", [(170, 40, 50), (40, 80, 150), (200, 190, 170)])
def test_shading_leaves_a_and_b_of_cloth_as_they_are(rgb: tuple[int, int, int]) -> None:
    light = np.linspace(0.5, 1, 40)
    cloth = cloth_of_lab(rgb_to_lab(bytes_of(linear_of(rgb) * light[:, None])).astype(np.float64))
    spread = np.ptp(cloth[:, 1:], axis=0).max()
    assert spread < 0.06 * np.hypot(*cloth[-1, 1:]) + 1.5  # bytes are coarse


def test_a_highlight_that_fades_is_the_cloths() -> None:
    gradual = np.linspace(0, 0.5, 400)
    red = (150, 25, 40)
    peaks = peaks_of(shiny(red, gradual[:250]), shiny(red, gradual[250:]))
    assert peaks.bodies(0.02).tolist() == [0, 0]
    assert peaks.cloths(peaks.bodies(0.02)).tolist() == [0, 0]


def test_a_lighter_cloth_of_the_same_hue_is_a_second_one() -> None:
    """Red beside pink: between them lies nothing."""
    red, pink = np.zeros(250), np.full(150, 0.35)
    peaks = peaks_of(shiny((150, 25, 40), red), shiny((150, 25, 40), pink))
    assert peaks.bodies(0.02).tolist() == [0, 1]


def test_a_cloth_of_another_hue_is_no_shine() -> None:
    gradual = np.linspace(0, 0.3, 200)
    peaks = peaks_of(shiny((150, 25, 40), gradual), shiny((40, 80, 170), gradual))
    assert peaks.cloths(peaks.bodies(0.02)).tolist() == [0, 1]


def test_the_own_colour_is_the_commonest_and_not_the_mean() -> None:
    """Two thirds in the light, a third in deepening shade, and a little shine."""
    cloth = linear_of((60, 110, 170))
    light = np.concatenate([np.full(600, 1.0), np.linspace(0.3, 1, 300)])
    lab = np.concatenate(
        [rgb_to_lab(bytes_of(cloth * light[:, None])), shiny((60, 110, 170), np.full(60, 0.6))]
    ).astype(np.float64)
    found = own_colour(lab, cloth_of_lab(lab), np.ones(len(lab)))
    np.testing.assert_allclose(found, rgb_to_lab(np.array((60, 110, 170), np.uint8)), atol=1.0)


def test_one_colour_is_its_own() -> None:
    lab = np.array([[42.0, -7.0, 13.0]])
    assert own_colour(lab, cloth_of_lab(lab), np.ones(1)) == pytest.approx((42.0, -7.0, 13.0))
