"""The whole network: pyramid, proposals, heads; one graph from canvas to people."""

import math
from typing import Any

import keras

from worker.networks.mask_rcnn import boxes as box
from worker.networks.mask_rcnn.anchors import make_anchors
from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.mask_rcnn.heads import (
    build_box_head,
    build_label_head,
    build_mask_head,
    build_pyramid,
    build_rpn_head,
)
from worker.networks.mask_rcnn.proposals import suppress
from worker.networks.mask_rcnn.roi_align import pyramid_roi_align, roi_align
from worker.networks.tensors import ops


class MaskRcnn(keras.Model):
    """Mask R-CNN for people.

    Call with float (B, H, W, 3) in -1..1, H and W as configured; gives the dictionary of
    :meth:`detect`.
    """

    def __init__(self, config: MaskRcnnConfig) -> None:
        super().__init__(name="mask_rcnn")
        self.config = config
        self.anchors = make_anchors(config)
        self.pyramid = build_pyramid(config)
        self.rpn_head = build_rpn_head(config)
        self.box_head = build_box_head(config)
        self.mask_head = build_mask_head(config)
        self.label_head = build_label_head(config)
        self.built = True

    def levels(self, photos: Any) -> dict[int, Any]:
        """Pyramid levels by number, finest first."""
        maps = self.pyramid(photos)
        return dict(enumerate(maps, start=self.config.finest_level))

    def rpn(self, levels: dict[int, Any]) -> tuple[Any, Any]:
        """Logits (B, A) and deltas (B, A, 4) of all anchors, in the anchors' order."""
        logits: list[Any] = []
        deltas: list[Any] = []
        for number in self.config.rpn_levels:
            level_logits, level_deltas = self.rpn_head(levels[number])
            count = int(math.prod(level_logits.shape[1:]))
            logits.append(ops.reshape(level_logits, (-1, count)))
            deltas.append(ops.reshape(level_deltas, (-1, count, 4)))
        return ops.concatenate(logits, axis=1), ops.concatenate(deltas, axis=1)

    def propose(self, logits: Any, deltas: Any) -> Any:
        """The best boxes (B, proposals, 4) after suppression; no gradient flows through."""
        config = self.config
        scores, order = ops.top_k(ops.sigmoid(ops.stop_gradient(logits)), config.candidates)
        deltas = ops.take_along_axis(ops.stop_gradient(deltas), ops.expand_dims(order, -1), axis=1)
        anchors = ops.take(ops.convert_to_tensor(self.anchors), order, axis=0)
        candidates = box.clip(box.decode(deltas, anchors, config.delta_scale), config.size_hw)
        return suppress(candidates, scores, config.proposals, config.proposal_iou)[0]

    def classify(self, levels: dict[int, Any], regions: Any) -> tuple[Any, Any]:
        """Person logits (B, N) and deltas (B, N, 4) of regions (B, N, 4)."""
        config = self.config
        pooled_from = {number: levels[number] for number in config.rpn_levels}
        pooled = pyramid_roi_align(pooled_from, regions, config.size_hw, config.box_pool)
        count = int(regions.shape[1])
        logits, deltas = self.box_head(ops.reshape(pooled, (-1, *pooled.shape[2:])))
        return ops.reshape(logits, (-1, count)), ops.reshape(deltas, (-1, count, 4))

    def masks(self, levels: dict[int, Any], windows: Any) -> Any:
        """Mask logits (B, N, h, w) of windows (B, N, 4)."""
        config = self.config
        finest = levels[config.finest_level]
        pooled = roi_align(finest, windows, 2**config.finest_level, config.mask_pool_hw)
        logits = self.mask_head(ops.reshape(pooled, (-1, *pooled.shape[2:])))
        return ops.reshape(logits, (-1, int(windows.shape[1]), *config.mask_size_hw))

    def detect(self, photos: Any) -> dict[str, Any]:
        """Find people.

        Returns:
            ``scores`` (B, D), best first, 0 where there is no further person; ``boxes``
            (B, D, 4) in canvas pixels; ``windows`` (B, D, 4), where the masks lie (the boxes
            with a margin, may exceed the canvas); ``masks`` (B, D, h, w) in 0..1.
        """
        config = self.config
        levels = self.levels(photos)
        proposals = self.propose(*self.rpn(levels))
        logits, deltas = self.classify(levels, proposals)
        refined = box.clip(box.decode(deltas, proposals, config.delta_scale), config.size_hw)
        scores = ops.sigmoid(logits) * ops.cast(box.area(refined) > 1.0, "float32")
        found, scores = suppress(refined, scores, config.detections, config.detection_iou)
        windows = box.expand(found, config.mask_margin)
        masks = ops.sigmoid(self.masks(levels, windows))
        return {"scores": scores, "boxes": found, "windows": windows, "masks": masks}

    def call(self, inputs: Any) -> dict[str, Any]:
        """See :meth:`detect`."""
        return self.detect(inputs)
