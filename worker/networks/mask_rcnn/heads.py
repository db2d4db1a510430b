"""Pyramid and heads: proposals, class and box, mask, labels. Each is a functional Keras model."""

import keras

from worker.networks.layers import ScaledConv2D, depth_to_space2x, encoder, upsample2x
from worker.networks.mask_rcnn.config import MaskRcnnConfig
from worker.networks.tensors import ops


def build_pyramid(config: MaskRcnnConfig) -> keras.Model:
    """Backbone with feature pyramid: photo (B, H, W, 3) in -1..1 to levels 2, 3, 4, 5.

    Every level has ``pyramid_width`` channels. Source: Lin et al., "Feature pyramid networks for
    object detection", CVPR 2017.
    """
    photo = keras.Input((*config.size_hw, 3), name="photo")
    strided = encoder(photo, config.widths, config.depths)
    width = config.pyramid_width
    merged = None
    levels = []
    for level in range(len(strided), config.finest_level - 1, -1):
        lateral = ScaledConv2D(width, 1, relu=True, name=f"lateral{level}")(strided[level - 1])
        merged = lateral if merged is None else upsample2x(merged) + lateral
        smooth = ScaledConv2D(width, 3, relu=True, name=f"smooth{level}")(merged)
        levels.insert(0, ops.relu(smooth))
        merged = smooth
    return keras.Model(photo, levels, name="pyramid")


def build_rpn_head(config: MaskRcnnConfig) -> keras.Model:
    """Region proposal head for one level, shared by all.

    Input (B, H, W, C). Outputs, float32: logits of "an object" (B, H, W, ratios) and deltas
    (B, H, W, 4·ratios).
    """
    ratios = len(config.anchor_ratios)
    level = keras.Input((None, None, config.pyramid_width), name="level")
    hidden = ScaledConv2D(96, 3, name="rpn_shared")(level)
    # Nearly all anchors are background: start from there (Lin et al., focal loss, 4.1).
    logits = ScaledConv2D(ratios, 1, relu=True, bias_start=-4.0, name="rpn_logit")(hidden)
    deltas = ScaledConv2D(4 * ratios, 1, relu=True, name="rpn_delta")(hidden)
    outputs = [ops.cast(logits, "float32"), ops.cast(deltas, "float32")]
    return keras.Model(level, outputs, name="rpn_head")


def build_box_head(config: MaskRcnnConfig) -> keras.Model:
    """Class and box of one pooled region.

    Input (R, pool, pool, C). Outputs, float32: logit of "a person" (R,) and deltas (R, 4).
    """
    region = keras.Input((config.box_pool, config.box_pool, config.pyramid_width), name="region")
    hidden = ScaledConv2D(96, 3, strides=2, name="box_conv")(region)
    hidden = keras.layers.Flatten(name="box_flat")(ops.relu(hidden))
    hidden = keras.layers.Dense(config.box_width, activation="relu", name="box_dense")(hidden)
    logit = keras.layers.Dense(1, name="box_logit", dtype="float32")(hidden)
    deltas = keras.layers.Dense(4, name="box_delta", dtype="float32")(hidden)
    return keras.Model(region, [logit[:, 0], deltas], name="box_head")


def build_mask_head(config: MaskRcnnConfig) -> keras.Model:
    """Mask of one pooled region: (R, h, w, C) to float32 logits (R, 2·h, 2·w)."""
    region = keras.Input((*config.mask_pool_hw, config.pyramid_width), name="region")
    hidden = region
    for index in range(1, 5):
        conv = ScaledConv2D(config.mask_width, 3, relu=index > 1, name=f"mask_conv{index}")
        hidden = conv(hidden)
    quads = ScaledConv2D(4 * 16, 3, relu=True, name="mask_double")(hidden)
    logits = ScaledConv2D(1, 3, relu=True, name="mask_logit")(depth_to_space2x(quads))
    return keras.Model(region, ops.cast(logits[..., 0], "float32"), name="mask_head")


def build_label_head(config: MaskRcnnConfig) -> keras.Model:
    """Labels of every cell of the finest level, for training only.

    Input (B, H, W, C), output float32 logits (B, H, W, labels). It teaches the pyramid skin, hair
    and clothes in every pixel, which a person mask alone teaches slowly. Source of the idea:
    Kirillov et al., "Panoptic feature pyramid networks", CVPR 2019.
    """
    finest = keras.Input((None, None, config.pyramid_width), name="finest")
    hidden = ScaledConv2D(config.pyramid_width, 3, name="label_hidden")(finest)
    logits = ScaledConv2D(config.labels, 1, relu=True, name="label_logit")(hidden)
    return keras.Model(finest, ops.cast(logits, "float32"), name="label_head")
