"""The lattice between whose points the tables of families are interpolated."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shared.colour.families.lattice import Lattice
from shared.colour.oklab import lab_to_oklab, oklab_to_lab

LATTICE = Lattice((0, 50, 100), (0, 10, 40), 4)
channel = st.floats(-120, 120)


def test_a_plane_has_one_grey_and_a_ring_for_each_other_chroma() -> None:
    assert LATTICE.size == 3 * (1 + 2 * 4)
    assert LATTICE.points[:4].tolist() == [[0, 0, 0], [0, 10, 0], [0, 10, 90], [0, 10, 180]]


def test_a_point_lies_on_itself() -> None:
    numbers, weights = LATTICE.around(LATTICE.labs)
    assert numbers[np.arange(LATTICE.size), weights.argmax(axis=1)].tolist() == list(
        range(LATTICE.size)
    )


def test_neighbours_differ_in_one_coordinate_and_hues_close_a_circle() -> None:
    one, other = LATTICE.neighbours()
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    assert {(0, 1), (0, 9), (1, 2), (1, 4), (1, 5)} <= pairs
    assert (1, 3) not in pairs


@given(st.floats(0, 100), channel, channel)
def test_weights_are_shares(light: float, a: float, b: float) -> None:
    numbers, weights = LATTICE.around([[light, a, b]])
    assert numbers.shape == weights.shape == (1, 8)
    assert ((numbers >= 0) & (numbers < LATTICE.size)).all()
    assert (weights >= 0).all()
    assert abs(weights.sum() - 1) < 1e-9


def test_oklab_is_what_its_author_published() -> None:
    # White and sRGB blue: CSS Color 4 has oklab(45.2% -0.032 -0.312) for blue.
    assert np.allclose(lab_to_oklab([100, 0, 0]), [1, 0, 0], atol=2e-3)
    assert np.allclose(lab_to_oklab([32.30, 79.19, -107.86]), [0.452, -0.032, -0.312], atol=2e-3)
    assert np.allclose(oklab_to_lab(lab_to_oklab([40, 20, -30])), [40, 20, -30])
