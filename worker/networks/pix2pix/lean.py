"""The lean generator: one encoder on the subject's box, a painting of the garments' palette."""

from dataclasses import dataclass
from typing import Any

import keras

from worker.networks.efficientnet import LITE0, LiteConfig, efficientnet
from worker.networks.layers import ScaledConv2D, depth_to_space2x, residual_block, upsample2x
from worker.networks.pix2pix.generator import SKIP_GAIN
from worker.networks.tensors import ops


@dataclass(frozen=True)
class LeanConfig:
    """Shape of a lean generator; ``widths[i]`` is the decoder's width at stride 2 ** (i + 2)."""

    paints: int = 14
    size_hw: tuple[int, int] = (448, 256)
    widths: tuple[int, ...] = (48, 80, 128, 192)
    backbone: LiteConfig = LITE0


def build_lean_generator(config: LeanConfig) -> keras.Model:
    photo = keras.Input((*config.size_hw, 3), name="photo")
    fine, *levels = efficientnet(photo, config.backbone)
    levels[0] = ops.concatenate([levels[0], space_to_depth2x(fine)], axis=-1)
    features: Any = None
    for level in range(len(levels), 0, -1):
        name, width = f"up{level + 1}", config.widths[level - 1]
        skip = ScaledConv2D(width, 1, gain_start=SKIP_GAIN, name=f"{name}_skip")
        here = skip(levels[level - 1])
        if features is not None:
            coarse = ScaledConv2D(width, 1, relu=True, name=f"{name}_coarse")(features)
            here = here + upsample2x(coarse)
        features = residual_block(here, f"{name}_block")
    mixture = ScaledConv2D(4 * config.paints, 3, relu=True, name="mixture")(features)
    mixture = ops.cast(depth_to_space2x(mixture), "float32")
    return keras.Model(photo, mixture, name="lean_generator")


def space_to_depth2x(inputs: Any) -> Any:
    """Turn (B, 2·H, 2·W, C) into (B, H, W, 4·C)."""
    height, width, channels = (int(n) for n in inputs.shape[1:])
    blocks = ops.reshape(inputs, (-1, height // 2, 2, width // 2, 2, channels))
    return ops.reshape(
        ops.transpose(blocks, (0, 1, 3, 2, 4, 5)), (-1, height // 2, width // 2, channels * 4)
    )
