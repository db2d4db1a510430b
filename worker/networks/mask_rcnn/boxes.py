"""Arithmetic of boxes (y1, x1, y2, x2) on any Keras backend; always float32."""

from typing import Any

from worker.networks.tensors import ops


def area(boxes: Any) -> Any:
    """Areas (...,) of boxes (..., 4)."""
    size = ops.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
    return size[..., 0] * size[..., 1]


def pairwise_iou(first: Any, second: Any) -> Any:
    """Intersection over union: boxes (..., N, 4) and (..., M, 4) to (..., N, M), in 0..1."""
    one, two = ops.expand_dims(first, -2), ops.expand_dims(second, -3)
    top_left = ops.maximum(one[..., :2], two[..., :2])
    bottom_right = ops.minimum(one[..., 2:], two[..., 2:])
    size = ops.maximum(bottom_right - top_left, 0.0)
    intersection = size[..., 0] * size[..., 1]
    union = area(one) + area(two) - intersection
    return intersection / ops.maximum(union, 1e-6)


def encode(boxes: Any, anchors: Any, scale: tuple[float, ...]) -> Any:
    """Deltas (dy, dx, log dh, log dw) / scale that turn anchors into boxes; shapes (..., 4)."""
    size = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1.0)
    anchor_size = ops.maximum(anchors[..., 2:] - anchors[..., :2], 1.0)
    shift = (boxes[..., :2] + boxes[..., 2:] - anchors[..., :2] - anchors[..., 2:]) / 2.0
    deltas = ops.concatenate([shift / anchor_size, ops.log(size / anchor_size)], axis=-1)
    return deltas / ops.convert_to_tensor(scale, "float32")


def decode(deltas: Any, anchors: Any, scale: tuple[float, ...]) -> Any:
    """Apply deltas to anchors, the inverse of :func:`encode`; shapes (..., 4)."""
    deltas = deltas * ops.convert_to_tensor(scale, "float32")
    anchor_size = anchors[..., 2:] - anchors[..., :2]
    centre = (anchors[..., :2] + anchors[..., 2:]) / 2.0 + deltas[..., :2] * anchor_size
    # A wild delta must not overflow exp: 4 means fifty-fold.
    half = anchor_size * ops.exp(ops.clip(deltas[..., 2:], -4.0, 4.0)) / 2.0
    return ops.concatenate([centre - half, centre + half], axis=-1)


def clip(boxes: Any, size_hw: tuple[int, int]) -> Any:
    """Clip boxes (..., 4) to a canvas."""
    limit = ops.convert_to_tensor([*size_hw, *size_hw], "float32")
    return ops.minimum(ops.maximum(boxes, 0.0), limit)


def expand(boxes: Any, share: float) -> Any:
    """Grow boxes (..., 4) by ``share`` of their height and width on every side; not clipped."""
    grow = (boxes[..., 2:] - boxes[..., :2]) * share
    return ops.concatenate([boxes[..., :2] - grow, boxes[..., 2:] + grow], axis=-1)
