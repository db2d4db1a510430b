"""Boxes, soft edges and small copies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from worker.imaging.cutout import shrink_to, soft_alpha, tight_box, with_alpha, without_specks

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=30))


def square(size: int = 20, low: int = 6, high: int = 14) -> np.ndarray:
    mask = np.zeros((size, size), np.bool_)
    mask[low:high, low:high] = True
    return mask


@given(masks)
def test_a_tight_box_holds_all_of_the_mask_and_no_empty_edge(mask: np.ndarray) -> None:
    box = tight_box(mask)
    if box is None:
        assert not mask.any()
        return
    top, left, bottom, right = box
    part = mask[top:bottom, left:right]
    assert part.sum() == mask.sum()
    assert part[0].any()
    assert part[-1].any()
    assert part[:, 0].any()
    assert part[:, -1].any()


@given(masks, st.floats(0, 3))
def test_a_box_with_a_margin_lies_within_the_picture(mask: np.ndarray, margin: float) -> None:
    box, tight = tight_box(mask, margin), tight_box(mask)
    if box is None or tight is None:
        assert box is tight is None
        return
    top, left, bottom, right = box
    assert 0 <= top <= tight[0]
    assert 0 <= left <= tight[1]
    assert tight[2] <= bottom <= mask.shape[0]
    assert tight[3] <= right <= mask.shape[1]


def test_a_margin_is_a_share_of_the_longer_side() -> None:
    mask = np.zeros((300, 300), np.bool_)
    mask[100:200, 120:140] = True
    assert tight_box(mask, 0.02) == (98, 118, 202, 142)
    assert tight_box(square(), 0.02) == (5, 5, 15, 15)


def test_the_edge_is_soft_for_two_pixels_a_side() -> None:
    alpha = soft_alpha(square(40, 10, 30))
    assert alpha.dtype == np.uint8
    row = alpha[20]
    assert (row[:8].max(), row[12:28].min(), row[32:].max()) == (0, 255, 0)
    assert 0 < row[9] < 128 < row[10] < 255
    np.testing.assert_array_equal(row, row[::-1])
    assert np.unique(row).size <= 6


def test_alpha_is_full_or_nothing_without_an_edge() -> None:
    assert soft_alpha(np.ones((9, 9), np.bool_)).min() == 255
    assert soft_alpha(np.zeros((9, 9), np.bool_)).max() == 0


@given(masks, st.data())
def test_the_edge_of_a_box_is_no_edge(mask: np.ndarray, data: st.DataObject) -> None:
    top, left = (data.draw(st.integers(0, side - 1)) for side in mask.shape)
    bottom = data.draw(st.integers(top + 1, mask.shape[0]))
    right = data.draw(st.integers(left + 1, mask.shape[1]))
    part = soft_alpha(mask, (top, left, bottom, right))
    np.testing.assert_array_equal(part, soft_alpha(mask)[top:bottom, left:right])


def test_specks_are_dropped_and_parts_are_kept() -> None:
    mask = square(100, 10, 70)
    mask[80:90, 80:90] = True
    mask[95, 95] = mask[0, 0] = True
    kept = without_specks(mask)
    assert kept[10:70, 10:70].all()
    assert kept[80:90, 80:90].all()
    assert not kept[95, 95]
    assert not kept[0, 0]


@given(masks)
def test_the_largest_part_is_never_a_speck(mask: np.ndarray) -> None:
    kept = without_specks(mask)
    assert kept.any() == mask.any()
    assert not (kept & ~mask).any()


def test_clear_pixels_hold_no_colour() -> None:
    pixels = np.full((20, 20, 3), 77, np.uint8)
    alpha = soft_alpha(square())
    cutout = with_alpha(pixels, alpha)
    assert (cutout.shape, cutout.dtype) == ((20, 20, 4), np.uint8)
    np.testing.assert_array_equal(cutout[..., 3], alpha)
    np.testing.assert_array_equal(
        cutout[..., :3], np.where(alpha > 0, 77, 0)[..., None].repeat(3, 2)
    )


@pytest.mark.parametrize(
    ("size_hw", "expected"),
    [((512, 384), (256, 192)), ((100, 1000), (26, 256)), ((3, 3000), (1, 256)), ((9, 8), (9, 8))],
)
def test_pictures_shrink_and_never_grow(
    size_hw: tuple[int, int], expected: tuple[int, int]
) -> None:
    small = shrink_to(np.full((*size_hw, 3), 90, np.uint8), 256)
    assert small.shape == (*expected, 3)
    assert (small == 90).all()
