"""Networks small enough for tests: same code, toy sizes."""

from dataclasses import replace

from worker.networks.mask_rcnn.config import COCO, PERSON
from worker.networks.pix2pix.generator import GeneratorConfig

TINY_PERSON = replace(
    PERSON,
    size_hw=(64, 64),
    anchor_sizes=(16.0, 32.0, 48.0),
    candidates=12,
    proposals=6,
    min_score=0.0,
    detections=2,
    mask_pool_hw=(8, 4),
    mask_size_hw=(32, 16),
)
TINY_COCO = replace(
    COCO,
    backbone="resnet50",
    size_hw=(128, 128),
    classes=3,
    candidates=200,
    proposals=12,
    min_score=0.0,
    detections=5,
)
TINY_OUTFITS = GeneratorConfig(size_hw=(64, 32), widths=(4, 8, 8, 8, 8))
TINY_GENERATOR = replace(TINY_OUTFITS, garments=0)
