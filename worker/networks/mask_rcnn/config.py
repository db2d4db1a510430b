"""What distinguishes one Mask R-CNN from another."""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

Backbone = Literal["mobilenet", "resnet50", "resnet101"]


@dataclass(frozen=True)
class MaskRcnnConfig:
    """One network; the defaults are those of the released COCO network.

    Boxes are (y1, x1, y2, x2), normalised: 0..1 of the canvas, a picture of ``size_hw`` into which
    photos are fitted. Strides are powers of two: level ``n`` of the pyramid has stride ``2 ** n``.

    Attributes:
        name: names the network in errors and manifests.
        backbone: which feature extractor.
        size_hw: the canvas; both sides divisible by the coarsest level's stride.
        short_side: photos are enlarged no further than to this shorter side; None: to the canvas.
        classes: how many classes, background (0) included.
        mean_rgb: what is subtracted from a canvas' bytes.
        pixel_scale: what the difference is multiplied by.
        corner_aligned: the released conventions: anchors centred on cells' top left corners,
            1.0 is the last pixel's centre, ROI align takes one corner-aligned sample a bin.
            Otherwise cells have centres, 1.0 is the canvas' edge, and a bin has 2x2 samples.
        finest_level: the pyramid's first level.
        rpn_levels: levels that propose boxes; one anchor size each.
        pooled_levels: levels that boxes are classified from.
        level4_px: root of the area of a box that level 4 fits, in pixels of the canvas.
        anchor_sizes: root of an anchor's area in pixels, by level.
        anchor_ratios: width / height.
        delta_scale: what deltas are multiplied by.
        candidates: anchors that enter the proposals' suppression.
        proposals: boxes that are classified.
        proposal_iou: proposals that overlap a better one by more are dropped.
        min_score: detections below are dropped.
        detections: how many are kept at most.
        detection_iou: detections that overlap a better one of their class by more are dropped.
        box_pool: cells a side that a box is pooled to for its class.
        pooled_masks: masks are pooled from the level that fits a box, like classes; otherwise from
            the finest levels, whatever the box.
        mask_pool_hw: cells that a box is pooled to for its mask.
        mask_size_hw: cells of a mask.
        mask_margin: share of the box by which the mask's window exceeds it on each side.
    """

    name: str = "mask_rcnn_coco"
    backbone: Backbone = "resnet101"
    size_hw: tuple[int, int] = (1024, 1024)
    short_side: int | None = 800
    classes: int = 81
    mean_rgb: tuple[float, float, float] = (123.7, 116.8, 103.9)
    pixel_scale: float = 1.0
    corner_aligned: bool = True
    finest_level: int = 2
    rpn_levels: tuple[int, ...] = (2, 3, 4, 5, 6)
    pooled_levels: tuple[int, ...] = (2, 3, 4, 5)
    level4_px: float = 224.0
    anchor_sizes: tuple[float, ...] = (32.0, 64.0, 128.0, 256.0, 512.0)
    anchor_ratios: tuple[float, ...] = (0.5, 1.0, 2.0)
    delta_scale: tuple[float, float, float, float] = (0.1, 0.1, 0.2, 0.2)
    candidates: int = 6000
    proposals: int = 1000
    proposal_iou: float = 0.7
    min_score: float = 0.7
    detections: int = 100
    detection_iou: float = 0.3
    box_pool: int = 7
    pooled_masks: bool = True
    mask_pool_hw: tuple[int, int] = (14, 14)
    mask_size_hw: tuple[int, int] = (28, 28)
    mask_margin: float = 0.0

    @property
    def level4_share(self) -> float:
        """Root of the share of the canvas of a box that level 4 fits."""
        return self.level4_px / math.sqrt(self.size_hw[0] * self.size_hw[1])


COCO: Final = MaskRcnnConfig()

PERSON: Final = replace(
    COCO,
    name="mask_rcnn",
    backbone="mobilenet",
    size_hw=(576, 384),
    short_side=None,
    classes=2,
    mean_rgb=(127.5, 127.5, 127.5),
    pixel_scale=1 / 127.5,
    corner_aligned=False,
    finest_level=1,
    rpn_levels=(3, 4, 5),
    pooled_levels=(3, 4, 5),
    level4_px=235.0,
    anchor_sizes=(80.0, 160.0, 320.0),
    anchor_ratios=(0.3, 0.55, 1.0),
    candidates=64,
    proposals=16,
    min_score=0.5,
    detections=4,
    detection_iou=0.4,
    pooled_masks=False,
    # Tall, as people are; the mask is refined twice from finer levels.
    mask_pool_hw=(56, 28),
    mask_size_hw=(224, 112),
    mask_margin=0.08,
)
