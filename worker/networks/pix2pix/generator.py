"""The generator: a residual U-Net that paints in the palette.

Its last layer mixes the four paints with weights that sum to one at each pixel, so a painted
colour always lies inside the palette's hull. Source of the scheme: Isola et al., "Image-to-image
translation with conditional adversarial networks", CVPR 2017.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from worker.networks.compiled import Compiled
from worker.networks.layers import (
    ScaledConv2D,
    depth_to_space2x,
    encoder,
    residual_block,
    upsample2x,
)
from worker.networks.tensors import ops

Palette = tuple[tuple[int, int, int], ...]
"""One RGB colour a paint, 0..255."""


@dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator; ``widths[i]`` and ``depths[i]`` belong to stride ``2 ** (i + 1)``."""

    paints: int = 4
    size_hw: tuple[int, int] = (768, 512)
    widths: tuple[int, ...] = (24, 48, 96, 144, 192, 224)
    depths: tuple[int, ...] = (0, 1, 2, 2, 2, 2)


def build_generator(config: GeneratorConfig) -> keras.Model:
    """Build the generator.

    Input: float (B, H, W, 3) in -1..1, the grey-filled photo.
    Output: logits of the mixture, float32 (B, H, W, paints), in palette order; see :func:`paint`.
    """
    photo = keras.Input((*config.size_hw, 3), name="photo")
    levels = encoder(photo, config.widths, config.depths)
    features = levels[-1]
    for level in range(len(levels) - 2, -1, -1):
        name, width = f"up{level + 1}", config.widths[level]
        coarse = ScaledConv2D(width, 1, relu=True, name=f"{name}_coarse")(features)
        fine = ScaledConv2D(width, 1, relu=True, name=f"{name}_skip")(levels[level])
        features = upsample2x(coarse) + fine
        for block in range(min(config.depths[level], 1)):
            features = residual_block(features, f"{name}_block{block + 1}")
    features = ScaledConv2D(4 * config.widths[0], 3, relu=True, name="refine")(features)
    # Four sub-pixels share each position: full resolution costs no full-resolution convolution.
    mixture = ScaledConv2D(4 * config.paints, 3, relu=True, name="mixture")(features)
    mixture = ops.cast(depth_to_space2x(mixture), "float32")
    return keras.Model(photo, mixture, name="generator")


def paint(mixture: Any, palette: Palette) -> Any:
    """Mix the palette's paints.

    Args:
        mixture: logits (B, H, W, paints).
        palette: one RGB colour a paint, 0..255.

    Returns:
        float32 (B, H, W, 3) in -1..1: the painted picture.
    """
    paints = ops.convert_to_tensor([[c / 127.5 - 1.0 for c in rgb] for rgb in palette], "float32")
    return ops.matmul(ops.softmax(mixture, axis=-1), paints)


def compile_painter(network: keras.Model, palette: Palette) -> Compiled[npt.NDArray[np.uint8]]:
    """Compile a generator: canvases in, paintings out, both RGB uint8 (B, H, W, 3)."""
    _, height, width, _ = network.input_shape

    def painted(canvases: Any) -> Any:
        photos = ops.cast(canvases, "float32") / 127.5 - 1.0
        painting = paint(network(photos, training=False), palette)
        return ops.cast(ops.clip(ops.round((painting + 1.0) * 127.5), 0, 255), "uint8")

    return Compiled(painted, (int(height), int(width)))
