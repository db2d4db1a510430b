"""Suppression against a plain reference."""

import numpy as np
import pytest

from worker.networks.mask_rcnn.proposals import suppress


def iou(one: np.ndarray, two: np.ndarray) -> float:
    size = np.maximum(np.minimum(one[2:], two[2:]) - np.maximum(one[:2], two[:2]), 0)
    both = float(size.prod())
    return both / (float(np.prod(one[2:] - one[:2]) + np.prod(two[2:] - two[:2])) - both)


def reference(boxes: np.ndarray, scores: np.ndarray, max_iou: float) -> list[int]:
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] > 0 and all(iou(boxes[index], boxes[k]) <= max_iou for k in kept):
            kept.append(int(index))
    return kept


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("max_iou", [0.3, 0.7])
def test_same_boxes_as_the_reference(seed: int, max_iou: float) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 40, (2, 30, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 30, (2, 30, 2))], -1).astype("f4")
    scores = rng.permutation(60).reshape(2, 30).astype(np.float32) / 60
    found, found_scores = (np.asarray(x) for x in suppress(boxes, scores, 10, max_iou))
    assert found.shape == (2, 10, 4)
    for picture in range(2):
        kept = reference(boxes[picture], scores[picture], max_iou)[:10]
        assert np.array_equal(found[picture, : len(kept)], boxes[picture, kept])
        assert np.array_equal(found_scores[picture, : len(kept)], scores[picture, kept])
        assert (found_scores[picture, len(kept) :] == 0).all()


def test_boxes_without_score_are_no_boxes() -> None:
    boxes = np.array([[[0, 0, 4, 4], [8, 8, 9, 9]]], np.float32)
    _, scores = suppress(boxes, np.array([[0.0, 0.0]], np.float32), 2, 0.5)
    assert np.asarray(scores).tolist() == [[0.0, 0.0]]
