"""Backbone with feature pyramid of the compact network, down to stride 2."""

from typing import Any, Final

import keras

from worker.networks.layers import ScaledConv2D, upsample2x
from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.mobilenet import mobilenet
from worker.networks.tensors import ops

WIDTHS: Final = {1: 32, 2: 64, 3: 64, 4: 64, 5: 64}
"""Channels by level; level 1 (stride 2) serves the mask's edge alone."""

# The backbone's linear maps have a standard deviation of 2 to 5; this brings them near 1.
LATERAL_GAIN: Final = 0.3


def build_pyramid(config: MaskRcnnConfig) -> keras.Model:
    """Photo (B, H, W, 3) in -1..1 to levels 1 to 5, finest first, with ``WIDTHS`` channels.

    Source: Lin et al., "Feature pyramid networks for object detection", CVPR 2017.
    """
    photo = keras.Input((*config.size_hw, 3), name="photo")
    strided = mobilenet(photo)
    merged: Any = None
    levels: list[Any] = []
    for level in sorted(WIDTHS, reverse=True):
        width = WIDTHS[level]
        lateral = ScaledConv2D(width, 1, gain_start=LATERAL_GAIN, name=f"lateral{level}")
        here = lateral(strided[level - 1])
        if merged is not None:
            if int(merged.shape[-1]) != width:
                merged = ScaledConv2D(width, 1, relu=True, name=f"narrow{level}")(merged)
            here = here + upsample2x(merged)
        merged = ScaledConv2D(width, 3, relu=True, name=f"smooth{level}")(here)
        levels.insert(0, ops.relu(merged))
    return keras.Model(photo, levels, name="pyramid")
