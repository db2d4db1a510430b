"""Proportions and their intervals: by hand, and beside SciPy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.score.proportion import Z_95, Proportion


def test_the_interval_by_hand() -> None:
    # 8 of 10: (0.8 + z²/20 ± z √(0.8 · 0.2 / 10 + z²/400)) / (1 + z²/10), with z = 1.959964.
    low, high = Proportion(8, 10).interval or (0, 0)
    assert round(Z_95, 6) == 1.959964
    assert (low, high) == pytest.approx((0.490162, 0.943318), abs=1e-6)


@pytest.mark.parametrize(("hits", "low", "high"), [(9, 0.700855, 1.0), (0, 0.0, 0.299145)])
def test_all_and_none_of_nine(hits: int, low: float, high: float) -> None:
    # n / (n + z²) and 1; 0 and z² / (n + z²).
    assert Proportion(hits, 9).interval == pytest.approx((low, high), abs=1e-6)
    assert 0.0 in (Proportion(0, 9).interval or ()) and 1.0 in (Proportion(9, 9).interval or ())


def test_of_nothing_nothing_is_known() -> None:
    assert (Proportion(0, 0).value, Proportion(0, 0).interval) == (None, None)
    assert Proportion(0, 0).to_json() == {"hits": 0, "of": 0, "share": None, "interval_95": None}


def test_json_is_rounded() -> None:
    assert Proportion(2, 3).to_json() == {
        "hits": 2,
        "of": 3,
        "share": 0.6667,
        "interval_95": [0.2077, 0.9385],
    }


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_part_and_stays_within_bounds(found: tuple[int, int]) -> None:
    part = Proportion(*found)
    low, high = part.interval or (2, 2)
    assert part.value is not None
    assert 0 <= low <= part.value <= high <= 1


def test_it_is_scipys_interval() -> None:
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(347, 417).proportion_ci(method="wilson")
    assert Proportion(347, 417).interval == pytest.approx((expected.low, expected.high))
