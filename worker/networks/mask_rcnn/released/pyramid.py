"""Backbone with feature pyramid of the released network."""

import keras
from keras import layers

from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.mask_rcnn.released.resnet import resnet

WIDTH = 256
"""Channels of every level."""


def build_pyramid(config: MaskRcnnConfig, folded: bool) -> keras.Model:
    """Photo (B, H, W, 3), RGB minus the mean, to levels 2 to 6, finest first.

    The way down adds the sums themselves, not their smoothed forms, and level 6 is every second
    cell of level 5. Source: Lin et al., "Feature pyramid networks for object detection", CVPR 2017.
    """
    photo = keras.Input((*config.size_hw, 3), name="photo")
    strided = resnet(photo, config.backbone, folded)
    merged = None
    smoothed = []
    for level in range(5, 1, -1):
        lateral = layers.Conv2D(WIDTH, 1, name=f"fpn_c{level}p{level}")(strided[level - 2])
        if merged is not None:
            lateral = layers.Add()([layers.UpSampling2D(2)(merged), lateral])
        merged = lateral
        smooth = layers.Conv2D(WIDTH, 3, padding="same", name=f"fpn_p{level}")
        smoothed.insert(0, smooth(merged))
    coarsest = layers.MaxPooling2D(1, strides=2, name="fpn_p6")(smoothed[-1])
    return keras.Model(photo, [*smoothed, coarsest], name="pyramid")
