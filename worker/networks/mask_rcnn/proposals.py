"""From scored boxes to a few good ones: non-maximum suppression with static shapes."""

from typing import Any

import numpy as np

from worker.networks.mask_rcnn import fast
from worker.networks.mask_rcnn.boxes import pairwise_iou
from worker.networks.mask_rcnn.fast import FEW
from worker.networks.tensors import ops


def suppress(
    boxes: Any, scores: Any, count: int, max_iou: float, classes: Any = None
) -> tuple[Any, Any, Any]:
    """Greedy non-maximum suppression.

    Args:
        boxes: float32 (B, N, 4).
        scores: float32 (B, N), positive; zero or less means "no box".
        count: how many boxes to keep of each picture.
        max_iou: a box that overlaps a kept one of its class by more is dropped.
        classes: int (B, N); all the same where None.

    Returns:
        ``order``, int (B, count), where the kept boxes stood, best first; boxes (B, count, 4) and
        scores (B, count). A missing box has score 0.
    """
    if fast.available() and int(boxes.shape[1]) > FEW:
        return suppress_fast(boxes, scores, count, max_iou, classes)
    return suppress_in_rounds(boxes, scores, count, max_iou, classes)


def suppress_fast(
    boxes: Any, scores: Any, count: int, max_iou: float, classes: Any
) -> tuple[Any, Any, Any]:
    """:func:`suppress` by TensorFlow's own operations: for many boxes."""
    if classes is None:
        order, found = fast.suppressed(boxes, scores, count, max_iou)
    else:
        overlaps = pairwise_iou(boxes, boxes) * _same(classes)
        order, found = fast.suppressed_by_overlap(overlaps, scores, count, max_iou)
    real = ops.cast(ops.arange(count, dtype="int32") < ops.expand_dims(found, -1), "float32")
    return order, fast.rows_at(boxes, order), fast.rows_at(scores, order) * real


def _same(classes: Any) -> Any:
    """Float32 (B, N, N): 1 where two boxes are of one class."""
    return ops.cast(ops.equal(ops.expand_dims(classes, 1), ops.expand_dims(classes, 2)), "float32")


def suppress_in_rounds(
    boxes: Any, scores: Any, count: int, max_iou: float, classes: Any = None
) -> tuple[Any, Any, Any]:
    """:func:`suppress` on any backend; for few boxes without a loop.

    In each round a box is kept unless a better one overlaps it that the round before kept. After
    as many rounds as there are boxes nothing changes any more, mostly after a few, and what is left
    is what greedy suppression keeps: the best box stays from the first round on, the next best from
    the second.
    """
    size = int(boxes.shape[1])
    sorted_scores, order = ops.top_k(scores, size)
    ranked = rows_at(boxes, order)
    overlaps = ops.cast(pairwise_iou(ranked, ranked) > max_iou, "float32")
    if classes is not None:
        overlaps = overlaps * _same(rows_at(classes, order))
    better = np.triu(np.ones((size, size), np.float32), 1)
    overlaps = overlaps * ops.convert_to_tensor(better)
    real = ops.expand_dims(ops.cast(sorted_scores > 0.0, "float32"), 1)

    def after(kept: Any) -> Any:
        return real * ops.cast(ops.matmul(kept, overlaps) < 0.5, "float32")

    def changed(kept: Any, before: Any) -> Any:
        return ops.any(ops.not_equal(kept, before))

    def next_round(kept: Any, _: Any) -> Any:
        return after(kept), kept

    if size <= FEW:
        kept = real
        for _ in range(size - 1):
            kept = after(kept)
    else:
        kept, _ = ops.while_loop(changed, next_round, (after(real), real))
    scores, best = ops.top_k(sorted_scores * kept[:, 0], count)
    return rows_at(order, best), rows_at(ranked, best), scores


def rows_at(values: Any, index: Any) -> Any:
    """Values (B, N) or (B, N, C) at an index, int (B, K), of each picture's own rows."""
    count, deep = int(values.shape[1]), len(values.shape) > 2
    if count <= FEW:
        # Sums of products: OpenVINO's own gathering of a few rows reads beyond its memory.
        chosen = ops.one_hot(index, count, dtype=values.dtype)
        chosen = ops.expand_dims(chosen, -1) if deep else chosen
        return ops.sum(chosen * ops.expand_dims(values, 1), axis=2)
    if fast.available():
        return fast.rows_at(values, index)
    return ops.take_along_axis(values, ops.expand_dims(index, -1) if deep else index, axis=1)


def best_of(scores: Any, count: int) -> tuple[Any, Any]:
    """The best of many scores, (B, N): the scores (B, count), best first, and where they stood.

    They are among the groups of scores whose best are the best. To find these first, and to look
    through them alone, takes a fraction of the time where there are few.
    """
    total = int(scores.shape[1])
    size = _group_size(total, count)
    if size == 1:
        return ops.top_k(scores, count)
    groups = ops.reshape(scores, (-1, total // size, size))
    _, promising = ops.top_k(ops.max(groups, axis=2), count)
    chosen = ops.one_hot(promising, total // size, dtype=scores.dtype)
    among = ops.reshape(ops.matmul(chosen, groups), (-1, count * size))
    best, place = ops.top_k(among, count)
    of_group = ops.one_hot(place // size, count, dtype="int32")
    group = ops.sum(of_group * ops.expand_dims(promising, 1), axis=2)
    return best, group * size + place % size


def _group_size(total: int, count: int) -> int:
    """How many scores go to a group: few enough groups, and few scores in them; 1: no groups."""
    if count > FEW:
        return 1
    wanted = (total / count) ** 0.5
    sizes = [size for size in range(1, 65) if total % size == 0 and total // size >= count]
    return min(sizes, key=lambda size: abs(size - wanted), default=1)
