"""CIELAB there and back, and CIEDE2000, against published values and an independent library."""

import numpy as np
import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from shared.colour.cielab import (
    delta_e2000,
    hex_to_rgb,
    hexes_to_rgb,
    lab_to_rgb,
    linear_to_rgb,
    rgb_to_hex,
    rgb_to_lab,
    rgb_to_linear,
)

# Sharma, Wu and Dalal (2005), table 1: L1 a1 b1, L2 a2 b2, Delta E 2000.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)

byte = st.integers(0, 255)
colour = st.tuples(byte, byte, byte)


def test_the_published_pairs_come_out_to_four_digits() -> None:
    found = delta_e2000(SHARMA[:, :3], SHARMA[:, 3:6])
    np.testing.assert_allclose(found, SHARMA[:, 6], atol=5.1e-5)
    np.testing.assert_allclose(delta_e2000(SHARMA[:, 3:6], SHARMA[:, :3]), found, atol=1e-9)


@given(colour)
def test_lab_is_what_coloraide_says(rgb: tuple[int, int, int]) -> None:
    expected = Color("srgb", [value / 255 for value in rgb]).convert("lab-d65").coords()
    np.testing.assert_allclose(rgb_to_lab(np.array(rgb, np.uint8)), expected, atol=2e-3)


@given(colour, colour)
def test_distances_are_what_coloraide_says(
    first: tuple[int, int, int], second: tuple[int, int, int]
) -> None:
    labs = rgb_to_lab(np.array([first, second], np.uint8)).astype(float)
    one, two = (Color("lab-d65", lab.tolist()) for lab in labs)
    expected = one.delta_e(two, method="2000", space="lab-d65")
    assert delta_e2000(labs[0], labs[1]) == pytest.approx(expected, abs=1e-6)


@given(colour)
def test_a_colour_survives_the_way_there_and_back(rgb: tuple[int, int, int]) -> None:
    pixel = np.array(rgb, np.uint8)
    np.testing.assert_array_equal(lab_to_rgb(rgb_to_lab(pixel)), pixel)
    np.testing.assert_array_equal(hex_to_rgb(rgb_to_hex(pixel)), pixel)


def test_shapes_and_types_are_kept() -> None:
    picture = np.zeros((4, 5, 3), np.uint8)
    lab = rgb_to_lab(picture)
    assert (lab.shape, lab.dtype) == ((4, 5, 3), np.float32)
    assert (lab_to_rgb(lab).shape, lab_to_rgb(lab).dtype) == ((4, 5, 3), np.uint8)
    assert delta_e2000(lab[:, None], lab[None]).shape == (4, 4, 5)
    assert rgb_to_lab(np.zeros((0, 3), np.uint8)).shape == (0, 3)


def test_black_and_white_are_exact() -> None:
    ends = rgb_to_lab(np.array([[0, 0, 0], [255, 255, 255]], np.uint8))
    np.testing.assert_allclose(ends, [[0, 0, 0], [100, 0, 0]], atol=1e-3)


def test_a_colour_beyond_srgb_is_clipped() -> None:
    assert rgb_to_hex(lab_to_rgb([110.0, 0.0, 0.0])) == "#ffffff"
    assert rgb_to_hex(lab_to_rgb([-5.0, 0.0, 0.0])) == "#000000"


@pytest.mark.parametrize("wrong", [np.zeros(3, np.float32), np.zeros((2, 4), np.uint8)])
def test_anything_but_rgb_bytes_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \(\.\.\., 3\)"):
        rgb_to_lab(wrong)


@pytest.mark.parametrize("wrong", ["", "ffffff", "#fff", "#gggggg", "#ffffff0", "##fffff"])
def test_a_text_that_is_no_colour_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="write it as #rrggbb"):
        hex_to_rgb(wrong)
    with pytest.raises(ValueError, match="#rrggbb"):
        hexes_to_rgb(["#1b2444", wrong])


def test_many_texts_are_read_as_each_is() -> None:
    texts = ["#1b2444", "#FFfe00", "#000000"]
    assert hexes_to_rgb(texts).tolist() == [hex_to_rgb(text).tolist() for text in texts]
    assert hexes_to_rgb([]).shape == (0, 3)


def test_linear_light_and_bytes_agree_both_ways() -> None:
    every = np.arange(256, dtype=np.uint8)
    linear = rgb_to_linear(every)
    np.testing.assert_array_equal(linear_to_rgb(linear), every)
    assert linear[[0, 255]].tolist() == [0.0, 1.0]
    assert linear[188] == pytest.approx(0.5, abs=0.005)  # half the light, coded
    assert linear_to_rgb([-0.2, 1.7]).tolist() == [0, 255]
