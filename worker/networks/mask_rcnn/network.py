"""The whole network: pyramid, proposals, heads; one graph from canvas to people."""

import math
from typing import Any, Final

import keras

from worker.networks.mask_rcnn import boxes as box
from worker.networks.mask_rcnn.anchors import make_anchors
from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.mask_rcnn.parts import build_parts
from worker.networks.mask_rcnn.proposals import best_of, rows_at, suppress
from worker.networks.mask_rcnn.roi_align import CORNERS, FOUR, ONE, pyramid_roi_align, roi_align
from worker.networks.mask_rcnn.subject import PERSON_CLASS, rank
from worker.networks.tensors import ops

CANVAS: Final = (0.0, 0.0, 1.0, 1.0)
"""The window of a photo that fills its canvas, normalised."""

Tensors = dict[str, Any]


class MaskRcnn(keras.Model):
    """Mask R-CNN, as configured.

    Call with canvases, uint8 RGB (B, H, W, 3), H and W as configured; gives what :meth:`detect`
    gives.

    Args:
        config: which network.
        folded: build it without batch norm, for weights that have it folded in
            (:func:`~worker.networks.mask_rcnn.released.folding.fold`).
    """

    def __init__(self, config: MaskRcnnConfig, folded: bool = False) -> None:
        super().__init__(name=config.name)
        self.config = config
        self.anchors = make_anchors(config)
        parts = build_parts(config, folded)
        self.pyramid = parts.pyramid
        self.rpn_head = parts.rpn_head
        self.box_head = parts.box_head
        self.mask_head = parts.mask_head
        if parts.label_head is not None:
            self.label_head = parts.label_head
        self.built = True

    def weighted_layers(self) -> list[keras.layers.Layer]:
        """Every layer that has weights of its own, heads included."""
        heads = (self.pyramid, self.rpn_head, self.box_head, self.mask_head)
        return [layer for model in heads for layer in model.layers if layer.weights]

    def prepare(self, canvases: Any) -> Any:
        """Bytes (B, H, W, 3) to the range that the backbone expects, float32."""
        # The original subtracts in double precision, and a hundred layers magnify the last bit.
        exact = "float64" if self.config.corner_aligned else "float32"
        mean = ops.convert_to_tensor(self.config.mean_rgb, exact)
        centred = ops.cast(ops.cast(canvases, exact) - mean, "float32")
        return centred * self.config.pixel_scale

    def levels(self, photos: Any) -> dict[int, Any]:
        """Pyramid levels by number, finest first, of prepared photos."""
        return dict(enumerate(self.pyramid(photos), start=self.config.finest_level))

    def rpn(self, levels: dict[int, Any]) -> tuple[Any, Any]:
        """Logits (B, A, 2) and deltas (B, A, 4) of all anchors, in the anchors' order."""
        logits: list[Any] = []
        deltas: list[Any] = []
        for number in self.config.rpn_levels:
            level_logits, level_deltas = self.rpn_head(levels[number])
            count = math.prod(int(n) for n in levels[number].shape[1:3])
            count *= len(self.config.anchor_ratios)
            logits.append(ops.reshape(level_logits, (-1, count, 2)))
            deltas.append(ops.reshape(level_deltas, (-1, count, 4)))
        return ops.concatenate(logits, axis=1), ops.concatenate(deltas, axis=1)

    def propose(self, logits: Any, deltas: Any) -> Any:
        """The best boxes (B, proposals, 4) after suppression; no gradient flows through.

        Where there are too few, boxes of zeros fill up.
        """
        config = self.config
        scores = ops.softmax(ops.stop_gradient(logits), axis=-1)[..., 1]
        scores, order = best_of(scores, min(config.candidates, len(self.anchors)))
        anchors = ops.convert_to_tensor(self.anchors)
        boxes = box.clip(box.decode(ops.stop_gradient(deltas), anchors, config.delta_scale), CANVAS)
        candidates = rows_at(boxes, order)
        _, boxes, scores = suppress(candidates, scores, config.proposals, config.proposal_iou)
        return boxes * ops.cast(ops.expand_dims(scores > 0.0, -1), "float32")

    def classify(self, levels: dict[int, Any], regions: Any) -> tuple[Any, Any]:
        """Class logits (B, N, classes) and deltas (B, N, classes, 4) of regions (B, N, 4)."""
        logits, deltas = self.box_head(self._pool(levels, regions, self.config.box_pool))
        count, classes = int(regions.shape[1]), self.config.classes
        return (
            ops.reshape(logits, (-1, count, classes)),
            ops.reshape(deltas, (-1, count, classes, 4)),
        )

    def _pool(self, levels: dict[int, Any], regions: Any, cells: int) -> Any:
        """Each region's own level pooled to (B · N, cells, cells, C)."""
        config = self.config
        pooled_from = {number: levels[number] for number in config.pooled_levels}
        sampling = CORNERS if config.corner_aligned else FOUR
        pooled = pyramid_roi_align(pooled_from, regions, config.level4_share, cells, sampling)
        return ops.reshape(pooled, (-1, *pooled.shape[2:]))

    def masks(self, levels: dict[int, Any], windows: Any) -> Any:
        """Mask logits (B, N, h, w, mask_classes) of windows (B, N, 4)."""
        config = self.config
        if config.pooled_masks:
            logits = self.mask_head(self._pool(levels, windows, config.mask_pool_hw[0]))
        else:
            coarse = roi_align(levels[2], windows, config.mask_pool_hw)
            # Its cells are about as large as the level's: one sample sees all of each.
            fine = roi_align(levels[1], windows, config.mask_size_hw, ONE)
            logits = self.mask_head([ops.reshape(p, (-1, *p.shape[2:])) for p in (coarse, fine)])
        return ops.reshape(logits, (-1, int(windows.shape[1]), *logits.shape[1:]))

    def find(self, levels: dict[int, Any], photo_windows: Any = CANVAS) -> Tensors:
        """Boxes without masks: proposals, refined; see :meth:`refine`."""
        return self.refine(levels, self.propose(*self.rpn(levels)), photo_windows)

    def refine(self, levels: dict[int, Any], regions: Any, photo_windows: Any = CANVAS) -> Tensors:
        """From regions to detections.

        Args:
            levels: the pyramid.
            regions: float32 (B, N, 4), normalised.
            photo_windows: float32 (B, 4) or (4,), where the photos lie on their canvases,
                normalised; boxes are clipped to them.

        Returns:
            ``scores`` (B, D), best first, 0 where there is no further detection; ``classes`` int
            (B, D); ``boxes`` (B, D, 4), normalised.
        """
        config = self.config
        logits, deltas = self.classify(levels, regions)
        shares = ops.softmax(logits, axis=-1)
        scores, classes = (best[..., 0] for best in ops.top_k(shares, 1))
        chosen = ops.one_hot(classes, config.classes, dtype="float32")
        deltas = ops.sum(deltas * ops.expand_dims(chosen, -1), axis=2)
        boxes = box.clip(box.decode(deltas, regions, config.delta_scale), photo_windows)
        wanted = ops.logical_and(classes > 0, scores >= config.min_score)
        wanted = ops.logical_and(wanted, box.area(boxes) > box.NOTHING)
        scores = scores * ops.cast(wanted, "float32")
        order, boxes, scores = suppress(
            boxes, scores, config.detections, config.detection_iou, classes
        )
        return {
            "scores": scores,
            "classes": rows_at(classes, order),
            "boxes": boxes * ops.cast(ops.expand_dims(scores > 0.0, -1), "float32"),
        }

    def detect(self, canvases: Any, photo_windows: Any = CANVAS) -> Tensors:
        """Find everything, masks included.

        Args:
            canvases: RGB 0..255 (B, H, W, 3).
            photo_windows: see :meth:`refine`.

        Returns:
            What :meth:`refine` gives, and ``windows`` (B, D, 4), where the masks lie (the boxes
            with the configured margin; they may exceed the canvas), and ``masks`` (B, D, h, w) in
            0..1.
        """
        levels = self.levels(self.prepare(canvases))
        found = self.find(levels, photo_windows)
        return found | self._masks_of(levels, found["boxes"], found["classes"])

    def _masks_of(self, levels: dict[int, Any], boxes: Any, classes: Any) -> Tensors:
        windows = box.expand(boxes, self.config.mask_margin)
        logits = self.masks(levels, windows)
        if int(logits.shape[-1]) > 1:
            index = ops.cast(classes, "int32")[:, :, None, None, None]
            logits = ops.take_along_axis(logits, index, axis=-1)
        return {"windows": windows, "masks": ops.sigmoid(logits[..., 0])}

    def find_subject(self, canvases: Any, photo_windows: Any = CANVAS) -> Tensors:
        """Find the catalogue's subject: one person a photo, and only that person's mask.

        Args:
            canvases: RGB 0..255 (B, H, W, 3).
            photo_windows: see :meth:`refine`.

        Returns:
            ``score`` (B,), 0 where there is no person; ``box`` (B, 4) and ``window`` (B, 4), the
            mask's place, both normalised; ``mask`` (B, h, w) in 0..1.
        """
        levels = self.levels(self.prepare(canvases))
        found = self.find(levels, photo_windows)
        people = found["scores"] * ops.cast(ops.equal(found["classes"], PERSON_CLASS), "float32")
        _, best = ops.top_k(rank(people, found["boxes"], photo_windows), 1)
        boxes = rows_at(found["boxes"], best)
        classes = ops.full_like(best, PERSON_CLASS)
        masks = self._masks_of(levels, boxes, classes)
        return {
            "score": ops.squeeze(rows_at(people, best), 1),
            "box": ops.squeeze(boxes, 1),
            "window": ops.squeeze(masks["windows"], 1),
            "mask": ops.squeeze(masks["masks"], 1),
        }

    def call(self, inputs: Any) -> Tensors:
        """See :meth:`detect`."""
        return self.detect(inputs)
