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
from worker.networks.precision import computing_in
from worker.networks.tensors import ops

Palette = tuple[tuple[int, int, int], ...]
"""One RGB colour a paint, 0..255."""


@dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator; ``widths[i]`` is the decoder's width at stride ``2 ** (i + 1)``."""

    paints: int = 4
    size_hw: tuple[int, int] = (704, 320)
    widths: tuple[int, ...] = (32, 64, 96, 128, 192)


# The backbone's linear maps have a standard deviation of 2 to 5; this brings them near 1.
SKIP_GAIN: Final = 0.3


def build_generator(config: GeneratorConfig) -> keras.Model:
    """Build the generator: a U-Net whose way down is a MobileNetV2.

    Input: float (B, H, W, 3) in -1..1, the subject's box of the grey-filled photo.
    Output: logits of the mixture, float32 (B, H, W, paints), in palette order; see :func:`paint`.
    """
    photo = keras.Input((*config.size_hw, 3), name="photo")
    with computing_in("float32"):  # depthwise layers are no faster in bfloat16, but less exact
        fine, *levels = mobilenet(photo)
    # The finest level has most of the pixels: it only draws the edges of what the others know.
    features = join(fine, way_up(levels, config.widths[1:], finest=2), config.widths[0], "up1")
    features = ScaledConv2D(config.widths[0], 3, relu=True, name="edges")(features)
    # Four sub-pixels share each position: full resolution costs no full-resolution convolution.
    mixture = ScaledConv2D(4 * config.paints, 3, relu=True, name="paints")(features)
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
        features = residual_block(join(skipped, features, width, name), f"{name}_block")
    return features


def join(skipped: Any, coarse: Any, width: int, name: str) -> Any:
    """A map of the way down, and the features of half its size from below it, if any."""
    here = ScaledConv2D(width, 1, gain_start=SKIP_GAIN, name=f"{name}_skip")(skipped)
    if coarse is None:
        return here
    return here + upsample2x(ScaledConv2D(width, 1, relu=True, name=f"{name}_coarse")(coarse))


def paint(mixture: Any, palette: Palette) -> Any:
    """Mix the palette's paints.

    Args:
        mixture: logits (B, H, W, paints).
        palette: one RGB colour a paint, 0..255.

    Returns:
        float32 (B, H, W, 3) in -1..1: the painted picture.
    """
    # A softmax whose sums come out of the same product: over four channels oneDNN's is slow.
    paints = [[*(c / 127.5 - 1.0 for c in rgb), 1.0] for rgb in palette]
    weights = ops.exp(mixture - ops.max(mixture, axis=-1, keepdims=True))
    mixed = ops.matmul(weights, ops.convert_to_tensor(paints, "float32"))
    return mixed[..., :3] / mixed[..., 3:]


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
