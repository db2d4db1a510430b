"""Box arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.networks.mask_rcnn import boxes as box

SCALE = (0.1, 0.1, 0.2, 0.2)


@st.composite
def some_box(draw: st.DrawFn) -> list[float]:
    top, left = draw(st.floats(0, 400)), draw(st.floats(0, 300))
    return [top, left, top + draw(st.floats(2, 200)), left + draw(st.floats(2, 200))]


@given(boxes=st.lists(some_box(), min_size=1, max_size=5), anchor=some_box())
def test_decoding_undoes_encoding(boxes: list[list[float]], anchor: list[float]) -> None:
    wanted = np.array(boxes, np.float32)
    anchors = np.array([anchor] * len(boxes), np.float32)
    deltas = box.encode(wanted, anchors, SCALE)
    found = np.asarray(box.decode(deltas, anchors, SCALE))
    # Deltas are limited to a factor of e^4 in size; the boxes drawn stay within it up to 100.
    sizes = np.ptp(wanted.reshape(-1, 2, 2), axis=1) / np.ptp(anchors.reshape(-1, 2, 2), axis=1)
    close = (np.abs(np.log(sizes)) < 4).all(axis=1)
    assert np.allclose(found[close], wanted[close], atol=0.1)


@given(first=some_box(), second=some_box())
def test_iou_is_symmetric_and_bounded(first: list[float], second: list[float]) -> None:
    one, two = np.array([first], np.float32), np.array([second], np.float32)
    there = float(np.asarray(box.pairwise_iou(one, two))[0, 0])
    back = float(np.asarray(box.pairwise_iou(two, one))[0, 0])
    assert there == back
    assert 0.0 <= there <= 1.0
    assert abs(float(np.asarray(box.pairwise_iou(one, one))[0, 0]) - 1.0) < 1e-5


def test_iou_of_known_boxes() -> None:
    one = np.array([[0, 0, 2, 2]], np.float32)
    others = np.array([[0, 1, 2, 3], [2, 2, 4, 4], [0, 0, 0, 0]], np.float32)
    assert np.allclose(np.asarray(box.pairwise_iou(one, others)), [[1 / 3, 0, 0]])


def test_clip_and_expand() -> None:
    boxes = np.array([[-5, 10, 70, 30]], np.float32)
    assert np.asarray(box.clip(boxes, (0, 0, 64, 64))).tolist() == [[0, 10, 64, 30]]
    assert np.asarray(box.expand(boxes, 0.1)).tolist() == [[-12.5, 8.0, 77.5, 32.0]]


def test_each_picture_is_clipped_to_its_own_window() -> None:
    boxes = np.array([[[-5, 10, 70, 30]], [[-5, 10, 70, 30]]], np.float32)
    windows = np.array([[0, 0, 64, 64], [20, 12, 40, 20]], np.float32)
    clipped = np.asarray(box.clip(boxes, windows))
    assert clipped.tolist() == [[[0, 10, 64, 30]], [[20, 12, 40, 20]]]


@pytest.mark.parametrize("corner_aligned", [False, True])
def test_pixels_and_shares(corner_aligned: bool) -> None:
    pixels = np.array([[0, 0, 65, 33], [16, 8, 32, 16]], np.float32)
    shares = box.normalise(pixels, (65, 33), corner_aligned)
    assert shares[0].tolist() == [0, 0, 1, 1]
    expected = [16 / 64, 8 / 32, 31 / 64, 15 / 32] if corner_aligned else [16 / 65, 8 / 33] * 2
    scale = 1 if corner_aligned else np.array([1, 1, 2, 2])
    assert np.allclose(shares[1], np.array(expected) * scale)
    assert np.allclose(box.pixels_of(shares, (65, 33), corner_aligned), pixels, atol=1e-4)


def test_wild_deltas_stay_finite() -> None:
    wild = np.full((1, 4), 1e6, np.float32)
    anchors = np.array([[0, 0, 10, 10]], np.float32)
    assert np.isfinite(np.asarray(box.decode(wild, anchors, SCALE))).all()
