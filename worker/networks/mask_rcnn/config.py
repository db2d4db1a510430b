"""What distinguishes one Mask R-CNN from another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MaskRcnnConfig:
    """The compact person network.

    All boxes are (y1, x1, y2, x2) in pixels of the canvas, a picture of ``size_hw`` into which
    photos are fitted. Strides are powers of two: level ``n`` has stride ``2 ** n``.
    """

    size_hw: tuple[int, int] = (512, 384)
    widths: tuple[int, ...] = (24, 48, 96, 144, 192)
    depths: tuple[int, ...] = (0, 1, 2, 2, 2)
    pyramid_width: int = 64
    finest_level: int = 2
    rpn_levels: tuple[int, ...] = (3, 4, 5)
    anchor_sizes: tuple[float, ...] = (80.0, 160.0, 320.0)
    anchor_ratios: tuple[float, ...] = (0.3, 0.55, 1.0)  # width / height
    delta_scale: tuple[float, float, float, float] = (0.1, 0.1, 0.2, 0.2)
    candidates: int = 64
    proposals: int = 16
    proposal_iou: float = 0.7
    detections: int = 4
    detection_iou: float = 0.4
    box_pool: int = 7
    box_width: int = 192
    mask_pool_hw: tuple[int, int] = (56, 28)  # tall, as people are; the head doubles it
    mask_width: int = 64
    mask_margin: float = 0.08  # share of the box by which the mask's window exceeds it
    max_people: int = 3  # of one training picture
    labels: int = 4  # background, skin, hair, clothes: what training teaches besides

    @property
    def mask_size_hw(self) -> tuple[int, int]:
        """Height and width of a predicted mask."""
        return self.mask_pool_hw[0] * 2, self.mask_pool_hw[1] * 2


PERSON = MaskRcnnConfig()
