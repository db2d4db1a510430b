"""The released network's heads: proposals, class and box, mask; functional Keras models."""

import keras
from keras import layers

from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.mask_rcnn.released.pyramid import WIDTH
from worker.networks.mask_rcnn.released.resnet import convolve
from worker.networks.tensors import ops


def build_rpn_head(config: MaskRcnnConfig) -> keras.Model:
    """Region proposal head for one level, shared by all.

    Input (B, H, W, C). Outputs, float32: logits of background and object (B, H, W, 2·ratios) and
    deltas (B, H, W, 4·ratios), ratio by ratio.
    """
    ratios = len(config.anchor_ratios)
    level = keras.Input((None, None, WIDTH), name="level")
    shared = layers.Conv2D(512, 3, padding="same", activation="relu", name="rpn_conv_shared")
    hidden = shared(level)
    logits = layers.Conv2D(2 * ratios, 1, name="rpn_class_raw")(hidden)
    deltas = layers.Conv2D(4 * ratios, 1, name="rpn_bbox_pred")(hidden)
    outputs = [ops.cast(logits, "float32"), ops.cast(deltas, "float32")]
    return keras.Model(level, outputs, name="rpn_head")


def build_box_head(config: MaskRcnnConfig, folded: bool) -> keras.Model:
    """Class and box of one pooled region.

    Input (R, pool, pool, C). Outputs, float32: logits (R, classes), deltas (R, classes, 4).
    """
    pool = config.box_pool
    region = keras.Input((pool, pool, WIDTH), name="region")
    hidden = region
    for index, kernel_size in ((1, pool), (2, 1)):
        names = (f"mrcnn_class_conv{index}", f"mrcnn_class_bn{index}")
        hidden = convolve(hidden, 1024, kernel_size, names=names, folded=folded, padding="valid")
        hidden = layers.ReLU()(hidden)
    hidden = layers.Flatten()(hidden)
    logits = layers.Dense(config.classes, name="mrcnn_class_logits")(hidden)
    deltas = layers.Dense(4 * config.classes, name="mrcnn_bbox_fc")(hidden)
    boxes = layers.Reshape((config.classes, 4))(deltas)
    outputs = [ops.cast(logits, "float32"), ops.cast(boxes, "float32")]
    return keras.Model(region, outputs, name="box_head")


def build_mask_head(config: MaskRcnnConfig, folded: bool) -> keras.Model:
    """Masks of one pooled region: (R, h, w, C) to float32 logits (R, 2·h, 2·w, classes)."""
    region = keras.Input((*config.mask_pool_hw, WIDTH), name="region")
    hidden = region
    for index in range(1, 5):
        names = (f"mrcnn_mask_conv{index}", f"mrcnn_mask_bn{index}")
        hidden = layers.ReLU()(convolve(hidden, 256, 3, names=names, folded=folded))
    double = layers.Conv2DTranspose(256, 2, strides=2, activation="relu", name="mrcnn_mask_deconv")
    logits = layers.Conv2D(config.classes, 1, name="mrcnn_mask")(double(hidden))
    return keras.Model(region, ops.cast(logits, "float32"), name="mask_head")
