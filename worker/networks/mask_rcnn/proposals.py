"""From scored boxes to a few good ones: non-maximum suppression with static shapes."""

from typing import Any

from worker.networks.mask_rcnn.boxes import pairwise_iou
from worker.networks.tensors import ops


def suppress(boxes: Any, scores: Any, count: int, max_iou: float) -> tuple[Any, Any]:
    """Greedy non-maximum suppression.

    Args:
        boxes: float32 (B, N, 4).
        scores: float32 (B, N), positive; zero or less means "no box".
        count: how many boxes to keep of each picture.
        max_iou: a box that overlaps a kept one by more is dropped.

    Returns:
        Boxes (B, count, 4) and scores (B, count), best first; missing ones have score 0.
    """
    size = int(boxes.shape[1])
    scores, order = ops.top_k(scores, size)
    boxes = ops.take_along_axis(boxes, ops.expand_dims(order, -1), axis=1)
    overlaps = ops.cast(pairwise_iou(boxes, boxes) > max_iou, "float32")
    # Only a better box may suppress: row i holds the boxes after i that it would drop.
    position = ops.arange(size)
    later = ops.cast(ops.expand_dims(position, 1) < ops.expand_dims(position, 0), "float32")
    overlaps = overlaps * later

    def visit(index: Any, kept: Any) -> Any:
        row = ops.take(overlaps, index, axis=1)
        alive = ops.expand_dims(ops.take(kept, index, axis=1), -1)
        return kept * (1.0 - row * alive)

    kept = ops.fori_loop(0, size, visit, ops.cast(scores > 0.0, "float32"))
    scores, order = ops.top_k(scores * kept, count)
    return ops.take_along_axis(boxes, ops.expand_dims(order, -1), axis=1), scores
