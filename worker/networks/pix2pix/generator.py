"""The generator: a residual U-Net that paints in the palette.

Its last layer mixes the four paints with weights that sum to one at each pixel, so a painted
colour always lies inside the palette's hull. Source of the scheme: Isola et al., "Image-to-image
translation with conditional adversarial networks", CVPR 2017.
"""

from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt

from worker.networks.compiled import Compiled
from worker.networks.layers import (
    ScaledConv2D,
    depth_to_space2x,
    residual_block,
    upsample2x,
)
from worker.networks.mobilenet import mobilenet
from worker.networks.tensors import ops

Palette = tuple[tuple[int, int, int], ...]
"""One RGB colour a paint, 0..255."""


@dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator; ``widths[i]`` is the decoder's width at stride ``2 ** (i + 1)``."""

    paints: int = 4
    size_hw: tuple[int, int] = (768, 512)
    widths: tuple[int, ...] = (32, 64, 96, 128, 192)


# The backbone's linear maps have a standard deviation of 2 to 5; this brings them near 1.
SKIP_GAIN: Final = 0.3


def build_generator(config: GeneratorConfig) -> keras.Model:
    """Build the generator: a U-Net whose way down is a MobileNetV2.

    Input: float (B, H, W, 3) in -1..1, the grey-filled photo.
    Output: logits of the mixture, float32 (B, H, W, paints), in palette order; see :func:`paint`.
    """
    photo = keras.Input((*config.size_hw, 3), name="photo")
    features = way_up(mobilenet(photo), config.widths, finest=1)
    features = ScaledConv2D(2 * config.widths[0], 3, relu=True, name="refine")(features)
    # Four sub-pixels share each position: full resolution costs no full-resolution convolution.
    mixture = ScaledConv2D(4 * config.paints, 3, relu=True, name="mixture")(features)
    mixture = ops.cast(depth_to_space2x(mixture), "float32")
    return keras.Model(photo, mixture, name="generator")


def way_up(levels: list[Any], widths: tuple[int, ...], finest: int) -> Any:
    """Join feature maps from the coarsest to the finest, each at twice the size of the one before.

    Args:
        levels: (B, h, w, C) each, the finest first.
        widths: channels of each level's features.
        finest: the number of the first level, by which its layers are named.

    Returns:
        Features of the finest level's size, with the first of the widths.
    """
    features: Any = None
    for level, skipped, width in reversed(
        list(zip(range(finest, finest + len(levels)), levels, widths, strict=True))
    ):
        name = f"up{level}"
        here = ScaledConv2D(width, 1, gain_start=SKIP_GAIN, name=f"{name}_skip")(skipped)
        if features is not None:
            coarse = ScaledConv2D(width, 1, relu=True, name=f"{name}_coarse")(features)
            here = here + upsample2x(coarse)
        features = residual_block(here, f"{name}_block")
    return features


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


def paints_itself(network: keras.Model) -> bool:
    """Whether a generator's output is a painting, RGB, and not a mixture of a palette's paints."""
    return int(network.output_shape[-1]) == 3


def compile_painter(network: keras.Model, palette: Palette) -> Compiled[npt.NDArray[np.uint8]]:
    """Compile a generator: canvases in, paintings out, both RGB uint8 (B, H, W, 3)."""
    _, height, width, _ = network.input_shape

    def painted(canvases: Any) -> Any:
        photos = ops.cast(canvases, "float32") / 127.5 - 1.0
        painting = network(photos, training=False)
        if not paints_itself(network):
            painting = paint(painting, palette)
        return ops.cast(ops.clip(ops.round((painting + 1.0) * 127.5), 0, 255), "uint8")

    return Compiled(painted, (int(height), int(width)))
