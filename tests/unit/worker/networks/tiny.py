"""Networks small enough for tests: same code, toy sizes."""

from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.pix2pix.generator import GeneratorConfig

TINY_PERSON = MaskRcnnConfig(
    size_hw=(64, 64),
    widths=(4, 4, 8, 8, 8),
    depths=(0, 0, 1, 0, 0),
    pyramid_width=8,
    anchor_sizes=(16.0, 32.0, 48.0),
    candidates=12,
    proposals=6,
    detections=2,
    box_width=8,
    mask_pool_hw=(8, 4),
    mask_width=8,
)
TINY_GENERATOR = GeneratorConfig(size_hw=(64, 32), widths=(4, 8, 8), depths=(0, 1, 1))
