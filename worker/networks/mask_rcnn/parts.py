"""The parts of a network, built as its configuration says."""

from dataclasses import dataclass

import keras

from worker.networks.mask_rcnn.compact import heads as compact
from worker.networks.mask_rcnn.compact.pyramid import build_pyramid as build_compact_pyramid
from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.mask_rcnn.released import heads as released
from worker.networks.mask_rcnn.released.pyramid import build_pyramid as build_released_pyramid


@dataclass(frozen=True)
class Parts:
    """Functional models: photo to levels, level to proposals, regions to classes and masks.

    ``label_head`` teaches the compact network's pyramid; the released one has none.
    """

    pyramid: keras.Model
    rpn_head: keras.Model
    box_head: keras.Model
    mask_head: keras.Model
    label_head: keras.Model | None = None


def build_parts(config: MaskRcnnConfig, folded: bool) -> Parts:
    """Build all parts; ``folded`` leaves the released network's batch norm out."""
    if config.backbone == "mobilenet":
        return Parts(
            build_compact_pyramid(config),
            compact.build_rpn_head(config),
            compact.build_box_head(config),
            compact.build_mask_head(config),
            compact.build_label_head(config),
        )
    return Parts(
        build_released_pyramid(config, folded),
        released.build_rpn_head(config),
        released.build_box_head(config, folded),
        released.build_mask_head(config, folded),
    )
