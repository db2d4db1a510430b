"""What each part of the network should have answered."""

from typing import Any

from worker.networks.mask_rcnn import boxes as box
from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.mask_rcnn.roi_align import roi_align
from worker.networks.tensors import ops

POSITIVE_IOU = 0.5
NEGATIVE_IOU = 0.3
JITTER = 0.12


def anchor_targets(anchors: Any, people: Any) -> tuple[Any, Any, Any]:
    """Match anchors with people.

    Args:
        anchors: float32 (A, 4).
        people: float32 (B, G, 4); rows of zeros are padding.

    Returns:
        ``positive`` and ``negative``, float32 (B, A) of 0 and 1 (both 0: neutral), and
        ``matched`` (B, A, 4), the person each anchor overlaps most.
    """
    overlaps = box.pairwise_iou(ops.expand_dims(anchors, 0), people)
    best = ops.max(overlaps, axis=2)
    # Each person's best anchor counts, however poor its overlap.
    favourite = ops.max(overlaps, axis=1, keepdims=True)
    is_favourite = ops.any(ops.logical_and(overlaps >= favourite - 1e-6, favourite > 1e-3), axis=2)
    positive = ops.logical_or(best >= POSITIVE_IOU, is_favourite)
    negative = ops.logical_and(best < NEGATIVE_IOU, ops.logical_not(positive))
    matched = ops.take_along_axis(people, ops.expand_dims(ops.argmax(overlaps, axis=2), -1), 1)
    return ops.cast(positive, "float32"), ops.cast(negative, "float32"), matched


def jitter(people: Any, noise: Any) -> Any:
    """Disturbed copies of people's boxes: positives from the first step.

    Args:
        people: float32 (B, G, 4).
        noise: float32 (B, G · copies, 4) in -1..1; 1 moves a side by ``JITTER`` of the box's size.

    Returns:
        float32 (B, G · copies, 4).
    """
    repeated = ops.repeat(people, int(noise.shape[1]) // int(people.shape[1]), axis=1)
    size = repeated[..., 2:] - repeated[..., :2]
    return repeated + JITTER * noise * ops.concatenate([size, size], axis=-1)


def region_targets(regions: Any, people: Any) -> tuple[Any, Any, Any]:
    """Match regions (B, N, 4) with people (B, G, 4).

    Returns:
        ``positive`` float32 (B, N), ``matched`` boxes (B, N, 4) and ``index`` int (B, N).
    """
    overlaps = box.pairwise_iou(regions, people)
    index = ops.argmax(overlaps, axis=2)
    matched = ops.take_along_axis(people, ops.expand_dims(index, -1), axis=1)
    return ops.cast(ops.max(overlaps, axis=2) >= POSITIVE_IOU, "float32"), matched, index


def mask_targets(masks: Any, windows: Any, config: MaskRcnnConfig) -> Any:
    """The part of full-resolution masks under windows, at the mask head's resolution.

    Args:
        masks: float (B, H, W), one person a picture, 0..1, canvas size.
        windows: float32 (B, N, 4).

    Returns:
        float32 (B, N, h, w) in 0..1, soft at the edges.
    """
    pooled = roi_align(ops.expand_dims(masks, -1), windows, config.mask_size_hw)
    return ops.cast(pooled[..., 0], "float32")
