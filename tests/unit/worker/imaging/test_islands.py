"""Islands: exact pixels, and a plain search as the reference."""

from itertools import product
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from worker.imaging.islands import ISLAND, absorb_islands
from worker.imaging.regions import BACKGROUND, LabelMap, Mask

# SciPy has no stubs.
search: Any = ndimage
SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=9)


@st.composite
def pictures(draw: st.DrawFn) -> tuple[LabelMap, Mask]:
    """Noise, or noise enlarged to blocks, with some of it hidden."""
    shape = draw(SHAPES)
    labels = draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, 3)))
    hidden = draw(arrays.arrays(np.bool_, shape, fill=st.just(value=False)))
    scale = draw(st.integers(1, 3))
    labels, hidden = (np.kron(part, np.ones((scale, scale), np.uint8)) for part in (labels, hidden))
    visible = hidden == 0
    return np.where(visible, labels, BACKGROUND).astype(np.uint8), visible


def everywhere(labels: LabelMap) -> Mask:
    """A mask that hides nothing."""
    return np.ones(labels.shape, np.bool_)


@given(picture=pictures(), smallest=st.floats(0, 40))
def test_the_same_as_a_plain_search(picture: tuple[LabelMap, Mask], smallest: float) -> None:
    labels, visible = picture
    before = labels.copy()
    found = absorb_islands(labels, visible, smallest)
    assert np.array_equal(found, plainly(labels, visible, smallest))
    assert np.array_equal(labels, before)


@given(picture=pictures(), smallest=st.floats(0, 40))
def test_what_is_large_or_hidden_keeps_every_pixel(
    picture: tuple[LabelMap, Mask], smallest: float
) -> None:
    labels, visible = picture
    found = absorb_islands(labels, visible, smallest)
    assert (found[~visible] == BACKGROUND).all()
    for label, part in parts(labels):
        if np.count_nonzero(part) >= smallest:
            assert (found[part] == label).all()


@given(picture=pictures(), smallest=st.floats(0, 40))
def test_a_second_time_changes_nothing(picture: tuple[LabelMap, Mask], smallest: float) -> None:
    labels, visible = picture
    once = absorb_islands(labels, visible, smallest)
    assert np.array_equal(absorb_islands(once, visible, smallest), once)


def test_specks_of_any_label_take_the_label_around_them() -> None:
    for speck, around in product(range(4), range(4)):
        labels = np.full((9, 9), around, np.uint8)
        labels[4, 4] = speck
        assert (absorb_islands(labels, everywhere(labels), 2) == around).all()


def test_the_limit_counts_pixels_and_holes_belong_to_what_is_around_them() -> None:
    labels = np.full((9, 9), 3, np.uint8)
    labels[3:6, 3:6] = 2
    labels[4, 4] = 1
    assert (absorb_islands(labels, everywhere(labels), 9.1) == 3).all()
    kept = absorb_islands(labels, everywhere(labels), 9)
    assert (kept[3:6, 3:6] == 2).all()
    assert np.count_nonzero(kept == 3) == 72


def test_an_island_takes_the_label_that_it_borders_on_most() -> None:
    labels = np.repeat(np.array([[1, 1, 1, 2, 2, 2]], np.uint8), 6, axis=0)
    labels[2:4, 2] = 0  # four edges to skin, two to hair
    assert absorb_islands(labels, everywhere(labels), 3)[2:4, 2].tolist() == [1, 1]
    labels[2:4, 2] = 1
    labels[2, 2:4] = 0  # three edges to each: the lower label
    assert absorb_islands(labels, everywhere(labels), 3)[2, 2:4].tolist() == [1, 1]


def test_a_diagonal_strap_is_one_part() -> None:
    labels = np.full((12, 12), 1, np.uint8)
    np.fill_diagonal(labels, 3)
    assert np.array_equal(absorb_islands(labels, everywhere(labels), 12), labels)
    assert (absorb_islands(labels, everywhere(labels), 145) == labels).all()  # islands alone
    assert (absorb_islands(labels, everywhere(labels), 13) == 1).all()


def test_corners_stay_sharp() -> None:
    labels = np.zeros((40, 40), np.uint8)
    cv2.fillPoly(labels, [np.array([[3, 3], [36, 8], [10, 35]], np.int32)], 3)
    assert np.array_equal(absorb_islands(labels, everywhere(labels), 50), labels)


def test_a_gap_between_arm_and_body_stays_a_pinhole_does_not() -> None:
    labels = np.full((834, 550), 3, np.uint8)
    labels[300:320, 200:206] = 0
    labels[500:503, 300:303] = 0
    found = absorb_islands(labels, everywhere(labels), ISLAND * labels.size)
    assert (found[300:320, 200:206] == 0).all()
    assert (found[500:503, 300:303] == 3).all()


def test_a_hole_that_reaches_hidden_pixels_stays() -> None:
    labels = np.full((20, 20), 3, np.uint8)
    labels[8:10, 8] = 0
    visible = everywhere(labels)
    visible[8, 8] = False
    assert np.array_equal(absorb_islands(labels, visible, 10), labels)


def test_an_empty_mask_and_a_single_pixel() -> None:
    nothing = np.zeros((1, 5), np.uint8)
    assert absorb_islands(nothing, nothing > 0, 4).tolist() == nothing.tolist()
    assert absorb_islands(np.array([[2]], np.uint8), np.array([[True]]), 4).tolist() == [[2]]


def plainly(labels: LabelMap, visible: Mask, smallest: float) -> LabelMap:
    """The reference: every part by itself, filled, and its neighbours counted one by one."""
    islands: list[npt.NDArray[Any]] = []
    for label, part in parts(labels):
        outlined = np.count_nonzero(search.binary_fill_holes(part))
        hole_to_outside = label == BACKGROUND and (part & ~visible).any()
        if outlined < smallest and not hole_to_outside:
            islands.append(part)
    result, settled = labels.copy(), np.ones(labels.shape, np.bool_)
    for island in islands:
        settled[island] = False
    while islands:
        chosen = [majority(result, settled, island) for island in islands]
        if all(label is None for label in chosen):
            break
        for label, island in zip(chosen, islands, strict=True):
            if label is not None:
                result[island], settled[island] = label, True
        islands = [i for label, i in zip(chosen, islands, strict=True) if label is None]
    return result


def parts(labels: LabelMap) -> list[tuple[int, Mask]]:
    """Every part that is connected over edges and corners, with its label."""
    found: list[tuple[int, Mask]] = []
    for label in range(4):
        numbered, count = search.label(labels == label, np.ones((3, 3)))
        found += [(label, numbered == number) for number in range(1, count + 1)]
    return found


def majority(labels: LabelMap, settled: Mask, island: Mask) -> int | None:
    """The label with most edges to an island among settled pixels; None without any."""
    votes = [0] * 4
    height, width = labels.shape
    for y, x in np.argwhere(island).tolist():
        for row, column in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= row < height and 0 <= column < width and settled[row, column]:
                votes[labels[row, column]] += 1
    return votes.index(max(votes)) if any(votes) else None
