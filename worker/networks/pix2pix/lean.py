"""The lean generator, which paints the parts of an outfit in the subject's box.

Its last layer mixes the paints of fourteen parts (:data:`~worker.imaging.labels.merges.PARTS`).
The arithmetic is a sixth of the compact generator's: it decodes at a quarter of its canvas and
paints at half.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from worker.imaging.labels.merges import PARTS
from worker.networks.compiled import Compiled
from worker.networks.efficientnet import LITE0, LiteConfig, efficientnet
from worker.networks.layers import (
    ScaledConv2D,
    depth_to_space2x,
    space_to_depth2x,
)
from worker.networks.pix2pix.generator import way_up
from worker.networks.precision import computing_in
from worker.networks.tensors import ops


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
    with computing_in("float32"):  # depthwise layers are no faster in bfloat16, but less exact
        fine, *levels = efficientnet(photo, config.backbone)
    # The finest map is read at the next stride: what it knows of edges costs no convolution there.
    levels[0] = ops.concatenate([levels[0], space_to_depth2x(fine)], axis=-1)
    features = way_up(levels, config.widths, finest=2)
    mixture = ScaledConv2D(4 * len(PARTS), 3, relu=True, name="mixture")(features)
    mixture = ops.cast(depth_to_space2x(mixture), "float32")
    return keras.Model(photo, mixture, name="lean_generator")


def compile_lean_painter(network: keras.Model) -> Compiled[npt.NDArray[np.uint8]]:
    """Compile a lean generator.

    RGB uint8 (B, H, W, 3) in; each part's share of 255, uint8 (B, H / 2, W / 2, 14), out.
    """
    _, height, width, _ = network.input_shape

    def painted(canvases: Any) -> Any:
        photos = ops.cast(canvases, "float32") / 127.5 - 1.0
        shares = ops.softmax(network(photos, training=False), axis=-1)
        return ops.cast(ops.round(shares * 255.0), "uint8")

    return Compiled(painted, (int(height), int(width)))
