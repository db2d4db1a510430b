"""The lean generator: one encoder on the subject's box, one painting of the parts of an outfit.

Its last layer mixes the paints of fourteen parts (:data:`~worker.imaging.labels.merges.PARTS`).
The four-colour painting is the same mixture with every garment's paint poured into the paint of
clothes, so both paintings always agree. The arithmetic is a fifth of the compact generator's: it
sees the subject's box at two thirds of the size, decodes at a quarter of that and paints at half.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from worker.imaging.labels.merges import PARTS, merge_into
from worker.networks.compiled import Compiled
from worker.networks.efficientnet import LITE0, LiteConfig, efficientnet
from worker.networks.layers import (
    ScaledConv2D,
    depth_to_space2x,
    residual_block,
    space_to_depth2x,
    upsample2x,
)
from worker.networks.pix2pix.generator import SKIP_GAIN, Palette
from worker.networks.tensors import ops

Paintings = dict[str, npt.NDArray[np.uint8]]
"""``regions``: RGB (B, h, w, 3) in the palette; ``parts``: (B, h, w, 14), shares of 255."""


@dataclass(frozen=True)
class LeanConfig:
    """Shape of a lean generator; ``widths[i]`` is the decoder's width at stride 2 ** (i + 2)."""

    size_hw: tuple[int, int] = (448, 256)
    widths: tuple[int, ...] = (48, 80, 128, 192)
    backbone: LiteConfig = LITE0


def build_lean_generator(config: LeanConfig) -> keras.Model:
    """Build the generator: a U-Net whose way down is an EfficientNet-Lite.

    Input: float (B, H, W, 3) in -1..1, the box of the grey-filled photo.
    Output: logits of the mixture, float32 (B, H / 2, W / 2, 14), in the order of the parts.
    """
    photo = keras.Input((*config.size_hw, 3), name="photo")
    fine, *levels = efficientnet(photo, config.backbone)
    # The finest map is read at the next stride: what it knows of edges costs no convolution there.
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
    mixture = ScaledConv2D(4 * len(PARTS), 3, relu=True, name="mixture")(features)
    mixture = ops.cast(depth_to_space2x(mixture), "float32")
    return keras.Model(photo, mixture, name="lean_generator")


def compile_lean_painter(network: keras.Model, palette: Palette) -> Compiled[Paintings]:
    """Compile a lean generator: canvases, RGB uint8 (B, H, W, 3), in; both paintings out."""
    _, height, width, _ = network.input_shape
    regions = merge_into(len(PARTS)).regions
    colours = np.asarray(palette, np.float32)[regions]

    def painted(canvases: Any) -> dict[str, Any]:
        photos = ops.cast(canvases, "float32") / 127.5 - 1.0
        shares = ops.softmax(network(photos, training=False), axis=-1)
        return {
            "regions": ops.cast(ops.round(ops.matmul(shares, colours)), "uint8"),
            "parts": ops.cast(ops.round(shares * 255.0), "uint8"),
        }

    return Compiled(painted, (int(height), int(width)))
