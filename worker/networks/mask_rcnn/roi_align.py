"""ROI align as two small matrix products, exact and differentiable on any backend.

The sampling grid of ROI align is separable and bilinear interpolation is linear, so pooling a
box is ``Wy · F · Wxᵀ``, where each row of ``Wy`` and ``Wx`` averages the hat functions of its
samples. Source: He et al., "Mask R-CNN", section 3 (half-pixel centres, 2x2 samples a bin). The
released COCO network takes one sample a bin instead, from corner to corner.
"""

from typing import Any, Final, NamedTuple

from worker.networks.mask_rcnn import fast
from worker.networks.mask_rcnn.fast import FEW
from worker.networks.tensors import ops


class Sampling(NamedTuple):
    """Where a box is sampled.

    Attributes:
        a_bin: samples of a bin on each axis, spread evenly over it.
        corner_aligned: the first sample of a box lies at its edge and the last at the other, where
            0 and 1 are the centres of the map's first and last cell; otherwise within the bins.
    """

    a_bin: int
    corner_aligned: bool = False


FOUR: Final = Sampling(2)
ONE: Final = Sampling(1)
"""Enough where bins are no larger than cells."""

CORNERS: Final = Sampling(1, corner_aligned=True)
"""As the released network takes them."""


def axis_ends(
    low: Any, high: Any, bins: int, length: int, sampling: Sampling = FOUR
) -> tuple[Any, Any]:
    """Where the first and the last sample of one axis lie; the others lie evenly between them.

    Args:
        low, high: float32 (..., N): where each box starts and ends, normalised.
        bins: output cells.
        length: cells of the feature map.
        sampling: how many samples, and where.

    Returns:
        float32 (..., N) each, in cells: 0 and ``length - 1`` are the centres of the outermost.
    """
    if sampling.corner_aligned:
        return low * (length - 1.0), high * (length - 1.0)
    first, last = low * length - 0.5, high * length - 0.5
    half_step = (last - first) * (0.5 / (bins * sampling.a_bin))
    return first + half_step, last - half_step


def axis_weights(low: Any, high: Any, bins: int, length: int, sampling: Sampling = FOUR) -> Any:
    """Interpolation matrix of one axis; arguments as :func:`axis_ends`.

    Returns:
        float32 (..., N, bins, length); rows sum to 1 where all samples lie on the map. Samples
        beyond the centres of the outermost cells contribute nothing.
    """
    samples = sampling.a_bin
    first, last = axis_ends(low, high, bins, length, sampling)
    steps = ops.arange(bins * samples, dtype="float32") / (bins * samples - 1.0)
    at = ops.expand_dims(first, -1) + ops.expand_dims(last - first, -1) * steps
    inside = ops.logical_and(at >= 0.0, at <= length - 1.0)
    cells = ops.arange(length, dtype="float32")
    hats = ops.maximum(1.0 - ops.abs(ops.expand_dims(at, -1) - cells), 0.0)
    hats = hats * ops.cast(ops.expand_dims(inside, -1), "float32")
    return ops.mean(ops.reshape(hats, (*ops.shape(low), bins, samples, length)), axis=-2)


def roi_align(
    features: Any, boxes: Any, pool_hw: tuple[int, int], sampling: Sampling = FOUR
) -> Any:
    """Pool one feature map under boxes.

    Args:
        features: (B, H, W, C).
        boxes: float32 (B, N, 4), normalised; no gradient flows into them.
        pool_hw: output cells.
        sampling: how many samples, and where.

    Returns:
        (B, N, pool_h, pool_w, C), dtype of the features.
    """
    boxes = ops.stop_gradient(boxes)
    if fast.available():
        ends = _sampled_boxes(features, boxes, pool_hw, sampling)
        return fast.pooled(features, ends, pool_hw, sampling.a_bin)
    return portable_roi_align(features, boxes, pool_hw, sampling)


def portable_roi_align(
    features: Any, boxes: Any, pool_hw: tuple[int, int], sampling: Sampling = FOUR
) -> Any:
    """What :func:`roi_align` does, on any backend."""
    height, width = (int(n) for n in features.shape[1:3])
    weights_y = axis_weights(boxes[..., 0], boxes[..., 2], pool_hw[0], height, sampling)
    weights_x = axis_weights(boxes[..., 1], boxes[..., 3], pool_hw[1], width, sampling)
    dtype = features.dtype
    rows = ops.einsum("bnph,bhwc->bnpwc", ops.cast(weights_y, dtype), features)
    return ops.einsum("bnqw,bnpwc->bnpqc", ops.cast(weights_x, dtype), rows)


def _sampled_boxes(features: Any, boxes: Any, pool_hw: tuple[int, int], sampling: Sampling) -> Any:
    """Boxes (B, N, 4) from the first to the last sample, 1 the centre of the map's last cell."""
    height, width = (int(n) for n in features.shape[1:3])
    top, bottom = axis_ends(boxes[..., 0], boxes[..., 2], pool_hw[0], height, sampling)
    left, right = axis_ends(boxes[..., 1], boxes[..., 3], pool_hw[1], width, sampling)
    last = ops.convert_to_tensor([height - 1.0, width - 1.0] * 2)
    return ops.stack([top, left, bottom, right], axis=-1) / last


def level_of(boxes: Any, levels: tuple[int, ...], reference: float) -> Any:
    """The pyramid level that fits each box's size (FPN, equation 1).

    Args:
        boxes: float32 (..., 4), normalised.
        levels: the levels to choose from.
        reference: root of the normalised area of a box that belongs to level 4.

    Returns:
        Whole float32 (...,), halves rounded to even.
    """
    size = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1e-6)
    share = ops.sqrt(size[..., 0] * size[..., 1]) / reference
    wanted = ops.round(4.0 + ops.log(share) / 0.6931471805599453)
    return ops.clip(wanted, float(min(levels)), float(max(levels)))


def pyramid_roi_align(
    levels: dict[int, Any], boxes: Any, reference: float, pool: int, sampling: Sampling = FOUR
) -> Any:
    """Pool each box from the pyramid level that fits its size.

    Args:
        levels: level number to (B, H, W, C).
        boxes: float32 (B, N, 4), normalised.
        reference: see :func:`level_of`.
        pool: output cells a side.
        sampling: how many samples, and where.

    Returns:
        (B, N, pool, pool, C).
    """
    wanted, pool_hw = level_of(boxes, tuple(levels), reference), (pool, pool)
    if not fast.available() or int(boxes.shape[1]) <= FEW:
        return pool_each(levels, boxes, wanted, pool, sampling)
    boxes = ops.stop_gradient(boxes)
    ends = {n: _sampled_boxes(levels[n], boxes, pool_hw, sampling) for n in levels}
    return fast.pooled_by_level(levels, ends, wanted, pool_hw, sampling.a_bin)


def pool_each(
    levels: dict[int, Any], boxes: Any, wanted: Any, pool: int, sampling: Sampling
) -> Any:
    """Pool every box from every level and keep the ``wanted`` one, float32 (B, N)."""
    pooled: Any = 0.0
    for level, features in levels.items():
        mine = ops.cast(ops.equal(wanted, float(level)), features.dtype)[..., None, None, None]
        pooled = pooled + mine * roi_align(features, boxes, (pool, pool), sampling)
    return pooled
