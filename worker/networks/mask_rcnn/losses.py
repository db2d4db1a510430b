"""The five losses of Mask R-CNN, and one that teaches its pyramid the regions' labels."""

from typing import Any

from worker.networks.label_loss import label_loss
from worker.networks.mask_rcnn import boxes as box
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.networks.mask_rcnn.targets import (
    anchor_targets,
    jitter,
    mask_targets,
    region_targets,
)
from worker.networks.tensors import ops


def cross_entropy(logits: Any, truth: Any) -> Any:
    """Binary cross-entropy from logits, element by element."""
    return ops.maximum(logits, 0.0) - logits * truth + ops.log1p(ops.exp(-ops.abs(logits)))


def focal(logits: Any, truth: Any) -> Any:
    """Focal loss (Lin et al., ICCV 2017), gamma 2: thousands of easy anchors weigh little."""
    probability = ops.sigmoid(logits)
    missed = truth * (1.0 - probability) + (1.0 - truth) * probability
    return ops.square(missed) * cross_entropy(logits, truth)


def smooth_l1(difference: Any) -> Any:
    """Huber loss summed over the last axis."""
    size = ops.abs(difference)
    return ops.sum(ops.where(size < 1.0, 0.5 * size * size, size - 0.5), axis=-1)


def mean_over(values: Any, weights: Any) -> Any:
    """Weighted mean; 0 where all weights are 0."""
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1.0)


def dice(logits: Any, truth: Any) -> Any:
    """One minus the soft Dice coefficient over the last two axes; weighs small shapes fully."""
    probability = ops.sigmoid(logits)
    overlap = ops.sum(probability * truth, axis=(-2, -1))
    total = ops.sum(probability + truth, axis=(-2, -1))
    return 1.0 - (2.0 * overlap + 1.0) / (total + 1.0)


def losses(network: MaskRcnn, batch: dict[str, Any]) -> dict[str, Any]:
    """All losses of a batch.

    Args:
        network: the network in training.
        batch: ``photos`` RGB 0..255 (B, H, W, 3); ``people`` normalised boxes (B, G, 4),
            zero-padded, the first of each the person that ``masks`` (B, H, W) shows, all zeros
            where no person is; ``labels`` int (B, H, W) of the canvas, any picture;
            ``box_noise`` (B, G · copies, 4) and ``window_noise`` (B, copies, 4) in -1..1, by which
            boxes for the class head and windows for the mask head are disturbed.

    Returns:
        Scalars ``rpn_class``, ``rpn_box``, ``box_class``, ``box_delta``, ``mask``, ``label``.
    """
    config = network.config
    people = batch["people"]
    levels = network.levels(network.prepare(batch["photos"]))
    logits, deltas = network.rpn(levels)
    anchors = ops.convert_to_tensor(network.anchors)
    positive, negative, matched = anchor_targets(anchors, people)
    rpn_class = focal(logits[..., 1] - logits[..., 0], positive) * (positive + negative)
    aim = box.encode(matched, ops.expand_dims(anchors, 0), config.delta_scale)

    near = jitter(people, batch["box_noise"])
    regions = ops.concatenate([network.propose(logits, deltas), near], axis=1)
    regions = ops.stop_gradient(regions)
    region_logits, region_deltas = network.classify(levels, regions)
    is_person, person, _ = region_targets(regions, people)
    region_aim = box.encode(person, regions, config.delta_scale)
    real = ops.cast(box.area(regions) > box.NOTHING, "float32")
    classified = cross_entropy(region_logits[..., 1] - region_logits[..., 0], is_person)

    windows = box.expand(jitter(people[:, :1], batch["window_noise"]), config.mask_margin)
    mask_logits = network.masks(levels, windows)[..., 0]
    truth = mask_targets(batch["masks"], windows, config)
    shown = ops.cast(box.area(windows) > box.NOTHING, "float32")
    mask = ops.mean(cross_entropy(mask_logits, truth), axis=(-2, -1)) + dice(mask_logits, truth)
    return {
        "rpn_class": ops.sum(rpn_class) / ops.maximum(ops.sum(positive), 1.0),
        "rpn_box": mean_over(smooth_l1(deltas - aim), positive),
        "box_class": mean_over(classified, real),
        "box_delta": mean_over(smooth_l1(region_deltas[..., 1, :] - region_aim), is_person),
        "mask": 2.0 * mean_over(mask, shown),
        "label": label_loss(network.label_head(levels[1]), batch["labels"]),
    }
