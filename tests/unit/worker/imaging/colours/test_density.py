"""Points climb to the peak that they stand below."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from worker.imaging.colours.density import climb

heaps = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 40), st.just(3)), elements=st.floats(-90, 90, width=32)
)


def around(centre: tuple[float, float, float], count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(centre, 2.0, (count, 3))


def test_two_heaps_far_apart_are_two_and_near_each_other_one() -> None:
    first, far = around((0, 0, 0), 200, 1), around((40, 0, 0), 100, 2)
    ones = np.ones(300)
    apart = climb(np.concatenate([first, far]), ones, 6.0)
    assert len(set(apart[:200])) == len(set(apart[200:])) == 1
    assert apart[0] != apart[-1]
    together = climb(np.concatenate([first, far - (32, 0, 0)]), ones, 6.0)
    assert set(together.tolist()) == {0}


def test_one_point_is_a_peak() -> None:
    assert climb(np.array([[50.0, -3.0, 8.0]]), np.ones(1), 6.0).tolist() == [0]


@given(heaps)
@settings(max_examples=60)
def test_numbers_have_no_gaps(points: np.ndarray) -> None:
    numbers = climb(points, np.ones(len(points)), 6.0)
    assert numbers.shape == (len(points),)
    assert sorted(set(numbers.tolist())) == list(range(numbers.max() + 1))


@given(heaps, st.integers(2, 1000))
@settings(max_examples=60)
def test_neither_order_nor_total_weight_matters(points: np.ndarray, times: int) -> None:
    counts = np.arange(1.0, len(points) + 1)
    numbers = climb(points, counts, 6.0)
    np.testing.assert_array_equal(climb(points[::-1], counts[::-1], 6.0)[::-1], numbers)
    np.testing.assert_array_equal(climb(points, counts * times, 6.0), numbers)
