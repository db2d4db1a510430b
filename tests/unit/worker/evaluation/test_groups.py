"""Figures by group, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shared.contracts.results import Shade
from worker.evaluation.confusion import Confusion
from worker.evaluation.groups import FEWEST, UNLABELLED, group_figures, intervals
from worker.evaluation.photo_figures import AGREEMENT, RATIOS, PhotoFigures

NAVY = Shade("#000080", (13.0, 47.0, -65.0), 1.0, "navy", "navy")
GREY = Shade("#808080", (54.0, 0.0, 0.0), 1.0, "grey", "grey")


def photo(
    tone: str | None = "light",
    hair: str | None = "brown",
    skin: tuple[int, int] = (1, 2),
    found: Shade | None = NAVY,
    labelled: Shade | None = NAVY,
) -> PhotoFigures:
    """Skin of so many hits in a union of so many, a perfect person, no hair and no clothes."""
    counts = np.zeros((4, 4), np.int64)
    hits, union = skin
    counts[1, 1], counts[1, 0] = hits, union - hits
    return PhotoFigures("a", 9, 9, Confusion(counts), found, labelled, tone, hair)


def test_ratios_pool_over_the_photos_of_a_group() -> None:
    photos = [
        photo("light", skin=(1, 2)),
        photo("light", skin=(8, 10), found=GREY),
        photo("dark", "black", skin=(1, 4), found=None),
        photo(None, None, skin=(0, 0), labelled=None),
    ]
    groups = group_figures(photos)
    tones = groups["skin_tone"]
    assert list(tones) == ["light", "dark", UNLABELLED]
    assert (tones["light"]["photos"], tones["light"]["skin"]) == (2, 9 / 12)
    assert (tones["dark"]["photos"], tones["dark"]["skin"]) == (1, 1 / 4)
    assert tones[UNLABELLED]["skin"] is None
    assert [tones[name][AGREEMENT] for name in tones] == [1 / 2, 0.0, None]
    assert tones["light"]["person"] == 1.0
    assert tones["light"]["hair"] is None
    assert list(groups["hair_colour"]) == ["black", "brown", UNLABELLED]
    assert groups["all"]["all"]["photos"] == 4
    assert groups["all"]["all"]["skin"] == 10 / 16


def test_few_photos_have_no_interval_but_of_shares() -> None:
    few = group_figures([photo(skin=(index, 10)) for index in range(FEWEST - 1)])
    ends = few["all"]["all"]["interval_95"]
    assert {ends[name] for name in ("skin", "hair", "clothes", "person")} == {None}
    low, high = ends[AGREEMENT]
    # Wilson's interval of 9 of 9, by hand: n / (n + 1.96²) and 1.
    assert (low, high) == (pytest.approx(9 / (9 + 1.959964**2), abs=1e-6), pytest.approx(1.0))


def test_enough_photos_have_an_interval_around_the_figure() -> None:
    photos = [photo(skin=(index % 5 + 5, 10)) for index in range(40)]
    group = group_figures(photos)["all"]["all"]
    low, high = group["interval_95"]["skin"]
    assert low < group["skin"] == 0.7 < high
    # The standard error of the mean of 0.5 .. 0.9 in forty photos, by hand.
    assert high - low == pytest.approx(2 * 1.96 * 0.02**0.5 / 40**0.5, rel=0.1)
    assert group["interval_95"]["person"] == (1.0, 1.0)
    assert group["interval_95"]["hair"] is None


def test_the_same_photos_give_the_same_interval() -> None:
    photos = [photo(skin=(index, 20)) for index in range(12)]
    assert group_figures(photos) == group_figures(photos)


@given(arrays(np.int64, (FEWEST + 2, len(RATIOS), 2), elements=st.integers(0, 1000)))
def test_intervals_lie_between_0_and_1(parts: np.ndarray) -> None:
    parts = np.sort(parts, axis=-1)
    parts[:, -1] = np.minimum(parts[:, -1], 1)
    for ends in intervals(parts).values():
        assert ends is None or 0 <= ends[0] <= ends[1] <= 1
