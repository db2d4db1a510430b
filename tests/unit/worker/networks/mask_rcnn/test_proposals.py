"""Suppression, TensorFlow's and the portable one, against a plain reference."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from worker.networks.mask_rcnn.fast import FEW
from worker.networks.mask_rcnn.proposals import best_of, suppress, suppress_in_rounds

Suppress = Callable[..., tuple[Any, Any, Any]]
both = pytest.mark.parametrize("suppressing", [suppress, suppress_in_rounds])


def iou(one: np.ndarray, two: np.ndarray) -> float:
    size = np.maximum(np.minimum(one[2:], two[2:]) - np.maximum(one[:2], two[:2]), 0)
    both = float(size.prod())
    return both / (float(np.prod(one[2:] - one[:2]) + np.prod(two[2:] - two[:2])) - both)


def reference(
    boxes: np.ndarray, scores: np.ndarray, max_iou: float, classes: np.ndarray | None = None
) -> list[int]:
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        rivals = [k for k in kept if classes is None or classes[k] == classes[index]]
        if scores[index] > 0 and all(iou(boxes[index], boxes[k]) <= max_iou for k in rivals):
            kept.append(int(index))
    return kept


@both
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("max_iou", [0.3, 0.7])
@pytest.mark.parametrize("kinds", [None, 3])
@pytest.mark.parametrize("many", [30, FEW + 30])
def test_same_boxes_as_the_reference(
    suppressing: Suppress, seed: int, max_iou: float, kinds: int | None, many: int
) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 0.4, (2, many, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(0.05, 0.3, (2, many, 2))], -1).astype("f4")
    scores = rng.permutation(2 * many).reshape(2, many).astype(np.float32) / (2 * many)
    classes = None if kinds is None else rng.integers(0, kinds, (2, many)).astype(np.int32)
    answer = suppressing(boxes, scores, 10, max_iou, classes)
    order, found, found_scores = (np.asarray(x) for x in answer)
    assert found.shape == (2, 10, 4)
    for picture in range(2):
        own = None if classes is None else classes[picture]
        kept = reference(boxes[picture], scores[picture], max_iou, own)[:10]
        assert order[picture, : len(kept)].tolist() == kept
        assert np.array_equal(found[picture, : len(kept)], boxes[picture, kept])
        assert np.array_equal(found_scores[picture, : len(kept)], scores[picture, kept])
        assert (found_scores[picture, len(kept) :] == 0).all()


@both
def test_boxes_without_score_are_no_boxes(suppressing: Suppress) -> None:
    boxes = np.array([[[0, 0, 4, 4], [8, 8, 9, 9]]], np.float32)
    _, _, scores = suppressing(boxes, np.array([[0.0, 0.0]], np.float32), 2, 0.5)
    assert np.asarray(scores).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("total", "count"), [(13_608, 64), (13_608, 65), (1_000, 10), (127, 5), (64, 64), (100, 60)]
)
@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_many_are_those_of_a_full_sort(total: int, count: int, seed: int) -> None:
    scores = np.random.default_rng(seed).permuted(
        np.tile(np.arange(total, dtype=np.float32), (2, 1)), axis=1
    )
    best, place = (np.asarray(found) for found in best_of(scores, count))
    expected = np.argsort(-scores, axis=1)[:, :count]
    np.testing.assert_array_equal(place, expected)
    np.testing.assert_array_equal(best, np.take_along_axis(scores, expected, axis=1))


def test_the_best_may_all_be_neighbours() -> None:
    scores = np.zeros((1, 13_608), np.float32)
    scores[0, 5_000:5_064] = np.arange(1, 65)
    best, place = (np.asarray(found) for found in best_of(scores, 64))
    assert place[0].tolist() == list(range(5_063, 4_999, -1))
    assert best[0].tolist() == list(range(64, 0, -1))
