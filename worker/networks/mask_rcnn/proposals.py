"""From scored boxes to a few good ones: non-maximum suppression with static shapes."""

from typing import Any

from worker.networks.mask_rcnn import fast
from worker.networks.mask_rcnn.boxes import pairwise_iou
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
    if fast.available():
        return _suppress_fast(boxes, scores, count, max_iou, classes)
    return suppress_portably(boxes, scores, count, max_iou, classes)


def _suppress_fast(
    boxes: Any, scores: Any, count: int, max_iou: float, classes: Any
) -> tuple[Any, Any, Any]:
    if classes is None:
        order, found = fast.suppressed(boxes, scores, count, max_iou)
    else:
        overlaps = pairwise_iou(boxes, boxes) * _same(classes)
        order, found = fast.suppressed_by_overlap(overlaps, scores, count, max_iou)
    real = ops.cast(ops.arange(count, dtype="int32") < ops.expand_dims(found, -1), "float32")
    kept = ops.take_along_axis(scores, order, axis=1) * real
    return order, ops.take_along_axis(boxes, ops.expand_dims(order, -1), axis=1), kept


def _same(classes: Any) -> Any:
    """Float32 (B, N, N): 1 where two boxes are of one class."""
    return ops.cast(ops.equal(ops.expand_dims(classes, 1), ops.expand_dims(classes, 2)), "float32")


def suppress_portably(
    boxes: Any, scores: Any, count: int, max_iou: float, classes: Any = None
) -> tuple[Any, Any, Any]:
    """:func:`suppress` on any backend."""
    size = int(boxes.shape[1])
    sorted_scores, order = ops.top_k(scores, size)
    ranked = ops.take_along_axis(boxes, ops.expand_dims(order, -1), axis=1)
    overlaps = ops.cast(pairwise_iou(ranked, ranked) > max_iou, "float32")
    if classes is not None:
        overlaps = overlaps * _same(ops.take_along_axis(classes, order, axis=1))
    # Only a better box may suppress: row i holds the boxes after i that it would drop.
    position = ops.arange(size)
    later = ops.cast(ops.expand_dims(position, 1) < ops.expand_dims(position, 0), "float32")
    overlaps = overlaps * later

    def visit(index: Any, kept: Any) -> Any:
        row = ops.take(overlaps, index, axis=1)
        alive = ops.expand_dims(ops.take(kept, index, axis=1), -1)
        return kept * (1.0 - row * alive)

    kept = ops.fori_loop(0, size, visit, ops.cast(sorted_scores > 0.0, "float32"))
    scores, best = ops.top_k(sorted_scores * kept, count)
    order = ops.take_along_axis(order, best, axis=1)
    return order, ops.take_along_axis(ranked, ops.expand_dims(best, -1), axis=1), scores
