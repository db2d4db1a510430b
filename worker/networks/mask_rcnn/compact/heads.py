"""The compact network's heads: proposals, class and box, mask, labels; functional Keras models."""

from typing import Any, Final

import keras

from worker.networks.layers import ScaledConv2D, depth_to_space2x
from worker.networks.mask_rcnn.compact.pyramid import WIDTHS
from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.tensors import ops

LABELS: Final = 4
"""Background, skin, hair, clothes: what training teaches besides."""

BOX_WIDTH: Final = 192
COARSE_WIDTH: Final = 64
MIDDLE_WIDTH: Final = 32
FINE_WIDTH: Final = 16


def build_rpn_head(config: MaskRcnnConfig) -> keras.Model:
    """Region proposal head for one level, shared by all.

    Input (B, H, W, C). Outputs, float32: logits of background and object (B, H, W, ratios, 2) and
    deltas (B, H, W, 4·ratios).
    """
    ratios = len(config.anchor_ratios)
    level = keras.Input((None, None, WIDTHS[config.rpn_levels[0]]), name="level")
    hidden = ScaledConv2D(96, 3, name="rpn_shared")(level)
    # Nearly all anchors are background: start from there (Lin et al., focal loss, 4.1).
    backgrounds = ScaledConv2D(ratios, 1, relu=True, bias_start=2.0, name="rpn_background")(hidden)
    objects = ScaledConv2D(ratios, 1, relu=True, bias_start=-2.0, name="rpn_object")(hidden)
    deltas = ScaledConv2D(4 * ratios, 1, relu=True, name="rpn_delta")(hidden)
    logits = ops.stack([backgrounds, objects], axis=-1)
    outputs = [ops.cast(logits, "float32"), ops.cast(deltas, "float32")]
    return keras.Model(level, outputs, name="rpn_head")


def build_box_head(config: MaskRcnnConfig) -> keras.Model:
    """Class and box of one pooled region.

    Input (R, pool, pool, C). Outputs, float32: logits (R, classes), deltas (R, classes, 4).
    """
    width = WIDTHS[config.pooled_levels[0]]
    region = keras.Input((config.box_pool, config.box_pool, width), name="region")
    hidden = ScaledConv2D(96, 3, strides=2, name="box_conv")(region)
    hidden = keras.layers.Flatten(name="box_flat")(ops.relu(hidden))
    hidden = keras.layers.Dense(BOX_WIDTH, activation="relu", name="box_dense")(hidden)
    logits = keras.layers.Dense(config.classes, name="box_logit", dtype="float32")(hidden)
    deltas = keras.layers.Dense(4 * config.classes, name="box_delta", dtype="float32")(hidden)
    boxes = keras.layers.Reshape((config.classes, 4), dtype="float32")(deltas)
    return keras.Model(region, [logits, boxes], name="box_head")


def build_mask_head(config: MaskRcnnConfig) -> keras.Model:
    """Mask of one region, refined twice from finer features.

    Inputs: the region pooled from level 2 (R, h, w, C), and from level 1 with four times as many
    cells a side. Output: float32 logits (R, 4·h, 4·w, 1), one mask whatever the class.
    Source of the idea: Zhang et al., "RefineMask", CVPR 2021.
    """
    height, width = config.mask_pool_hw
    coarse = keras.Input((height, width, WIDTHS[2]), name="coarse")
    fine = keras.Input((4 * height, 4 * width, WIDTHS[1]), name="fine")
    hidden = coarse
    for index in range(1, 4):
        conv = ScaledConv2D(COARSE_WIDTH, 3, relu=index > 1, name=f"mask_coarse{index}")
        hidden = conv(hidden)
    middle = keras.layers.AveragePooling2D(2, name="middle")(fine)
    hidden = _refine(hidden, middle, MIDDLE_WIDTH, "mask_middle")
    hidden = _refine(hidden, fine, FINE_WIDTH, "mask_fine")
    logits = ScaledConv2D(1, 3, relu=True, name="mask_logit")(hidden)
    return keras.Model([coarse, fine], ops.cast(logits, "float32"), name="mask_head")


def _refine(hidden: Any, detail: Any, width: int, name: str) -> Any:
    """Double the cells of what is known, add the detail of a finer level, and mix them."""
    doubled = ScaledConv2D(4 * width, 1, relu=True, name=f"{name}_double")(hidden)
    detail = ScaledConv2D(width, 1, name=f"{name}_detail")(detail)
    mixed = depth_to_space2x(doubled) + detail
    for index in (1, 2):
        mixed = ScaledConv2D(width, 3, relu=True, name=f"{name}{index}")(mixed)
    return mixed


def build_label_head(config: MaskRcnnConfig) -> keras.Model:
    """Labels of every cell of level 1, for training only.

    Input (B, H, W, C), output float32 logits (B, H, W, labels). It teaches the pyramid skin, hair
    and clothes in every cell, which a person mask alone teaches slowly. Source of the idea:
    Kirillov et al., "Panoptic feature pyramid networks", CVPR 2019.
    """
    finest = keras.Input((config.size_hw[0] // 2, config.size_hw[1] // 2, WIDTHS[1]), name="finest")
    hidden = ScaledConv2D(WIDTHS[1], 3, name="label_hidden")(finest)
    logits = ScaledConv2D(LABELS, 1, relu=True, name="label_logit")(hidden)
    return keras.Model(finest, ops.cast(logits, "float32"), name="label_head")
