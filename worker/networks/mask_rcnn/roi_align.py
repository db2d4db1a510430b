"""ROI align as two small matrix products, exact and differentiable on any backend.

The sampling grid of ROI align is separable and bilinear interpolation is linear, so pooling a
box is ``Wy · F · Wxᵀ``, where each row of ``Wy`` and ``Wx`` averages the hat functions of its
samples. Source: He et al., "Mask R-CNN", section 3 (half-pixel centres, 2x2 samples a bin).
"""

from typing import Any

from worker.networks.tensors import ops

SAMPLES = 2


def axis_weights(low: Any, high: Any, bins: int, length: int) -> Any:
    """Interpolation matrix of one axis.

    Args:
        low, high: float32 (..., N): where each box starts and ends, in cells of the feature map.
        bins: output cells.
        length: cells of the feature map.

    Returns:
        float32 (..., N, bins, length); rows sum to 1 where all samples lie on the map. Samples
        beyond the map's border contribute nothing.
    """
    steps = (ops.arange(bins * SAMPLES, dtype="float32") + 0.5) / (bins * SAMPLES)
    low, high = ops.expand_dims(low, -1), ops.expand_dims(high, -1)
    at = low + (high - low) * steps - 0.5
    inside = ops.cast(ops.logical_and(at >= -0.5, at <= length - 0.5), "float32")
    at = ops.clip(at, 0.0, length - 1.0)
    cells = ops.arange(length, dtype="float32")
    hats = ops.maximum(1.0 - ops.abs(ops.expand_dims(at, -1) - cells), 0.0)
    hats = hats * ops.expand_dims(inside, -1)
    shape = (*ops.shape(low)[:-1], bins, SAMPLES, length)
    return ops.mean(ops.reshape(hats, shape), axis=-2)


def roi_align(features: Any, boxes: Any, stride: int, pool_hw: tuple[int, int]) -> Any:
    """Pool one feature map under boxes.

    Args:
        features: (B, H, W, C).
        boxes: float32 (B, N, 4), pixels of the canvas.
        stride: pixels a cell.
        pool_hw: output cells.

    Returns:
        (B, N, pool_h, pool_w, C), dtype of the features.
    """
    _, height, width, _ = features.shape
    cells = ops.stop_gradient(boxes) / stride
    weights_y = axis_weights(cells[..., 0], cells[..., 2], pool_hw[0], int(height))
    weights_x = axis_weights(cells[..., 1], cells[..., 3], pool_hw[1], int(width))
    dtype = features.dtype
    rows = ops.einsum("bnph,bhwc->bnpwc", ops.cast(weights_y, dtype), features)
    return ops.einsum("bnqw,bnpwc->bnpqc", ops.cast(weights_x, dtype), rows)


def pyramid_roi_align(
    levels: dict[int, Any], boxes: Any, size_hw: tuple[int, int], pool: int
) -> Any:
    """Pool each box from the pyramid level that fits its size (FPN, equation 1).

    Args:
        levels: level number to (B, H, W, C).
        boxes: float32 (B, N, 4).
        size_hw: the canvas; a box of its full size goes to the coarsest level.
        pool: output cells a side.

    Returns:
        (B, N, pool, pool, C).
    """
    size = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1.0)
    share = ops.sqrt(size[..., 0] * size[..., 1] / float(size_hw[0] * size_hw[1]))
    coarsest = max(levels)
    wanted = ops.round(coarsest + ops.log(share) / 0.6931471805599453)
    wanted = ops.clip(wanted, min(levels), coarsest)
    pooled: Any = 0.0
    for level, features in levels.items():
        mine = ops.cast(ops.equal(wanted, float(level)), features.dtype)[..., None, None, None]
        pooled = pooled + mine * roi_align(features, boxes, 2**level, (pool, pool))
    return pooled
