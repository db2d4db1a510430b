"""Arithmetic of normalised boxes (y1, x1, y2, x2) on any Keras backend; always float32.

Two functions on NumPy arrays turn pixels into shares of a canvas and back.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from worker.networks.tensors import ops

NOTHING = 1e-7
"""A box of a smaller normalised area holds nothing: far below one pixel of any canvas."""


def normalise(
    boxes: npt.NDArray[np.float32], size_hw: tuple[int, int], corner_aligned: bool
) -> npt.NDArray[np.float32]:
    """Pixels, ends exclusive, to shares of a canvas, (..., 4).

    ``corner_aligned`` is the released convention: 0 and 1 are the centres of the first and the
    last pixel, so the exclusive end gives one pixel up.
    """
    if not corner_aligned:
        return (boxes / np.array([*size_hw, *size_hw], np.float32)).astype(np.float32)
    span = np.array([size_hw[0] - 1, size_hw[1] - 1] * 2, np.float32)
    return ((boxes - np.array([0, 0, 1, 1], np.float32)) / span).astype(np.float32)


def pixels_of(
    boxes: npt.NDArray[np.float32], size_hw: tuple[int, int], corner_aligned: bool
) -> npt.NDArray[np.float32]:
    """The inverse of :func:`normalise`, without rounding."""
    if not corner_aligned:
        return (boxes * np.array([*size_hw, *size_hw], np.float32)).astype(np.float32)
    span = np.array([size_hw[0] - 1, size_hw[1] - 1] * 2, np.float32)
    return (boxes * span + np.array([0, 0, 1, 1], np.float32)).astype(np.float32)


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
    return intersection / ops.maximum(union, 1e-12)


def encode(boxes: Any, anchors: Any, scale: tuple[float, ...]) -> Any:
    """Deltas (dy, dx, log dh, log dw) / scale that turn anchors into boxes; shapes (..., 4)."""
    size = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1e-3)
    anchor_size = ops.maximum(anchors[..., 2:] - anchors[..., :2], 1e-3)
    shift = (boxes[..., :2] + boxes[..., 2:] - anchors[..., :2] - anchors[..., 2:]) / 2.0
    deltas = ops.concatenate([shift / anchor_size, ops.log(size / anchor_size)], axis=-1)
    return deltas / ops.convert_to_tensor(scale, "float32")


def decode(deltas: Any, anchors: Any, scale: tuple[float, ...]) -> Any:
    """Apply deltas to anchors, the inverse of :func:`encode`; shapes (..., 4).

    The order of operations is the original's, so that both round alike.
    """
    shift = deltas[..., :2] * ops.convert_to_tensor(scale[:2], "float32")
    growth = deltas[..., 2:] * ops.convert_to_tensor(scale[2:], "float32")
    size = anchors[..., 2:] - anchors[..., :2]
    centre = anchors[..., :2] + 0.5 * size
    centre = centre + shift * size
    # A wild delta must not overflow exp: 4 means fifty-fold.
    size = size * ops.exp(ops.clip(growth, -4.0, 4.0))
    start = centre - 0.5 * size
    return ops.concatenate([start, start + size], axis=-1)


def clip(boxes: Any, window: Any) -> Any:
    """Clip boxes (..., N, 4) to a window (..., 4) or (4,) of the canvas."""
    window = ops.expand_dims(ops.convert_to_tensor(window, "float32"), -2)
    low = ops.concatenate([window[..., :2]] * 2, axis=-1)
    high = ops.concatenate([window[..., 2:]] * 2, axis=-1)
    return ops.maximum(ops.minimum(boxes, high), low)


def expand(boxes: Any, share: float) -> Any:
    """Grow boxes (..., 4) by ``share`` of their height and width on every side; not clipped."""
    grow = (boxes[..., 2:] - boxes[..., :2]) * share
    return ops.concatenate([boxes[..., :2] - grow, boxes[..., 2:] + grow], axis=-1)
