"""The network that says where a piece is which a shop names.

It sees what the generator painted, at an eighth of its canvas: the shares of the parts, and where
the piece seems to be by these alone. It corrects the last: it has seen how the generator errs where
a dress is for sale, or a scarf. A U-Net, in which each level hears the piece's name.
"""

from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt

from shared.catalogue.pieces import Piece
from worker.imaging.labels.merges import PARTS
from worker.imaging.worn_piece import LEAST
from worker.networks.compiled import Compiled
from worker.networks.layers import ScaledConv2D, residual_block
from worker.networks.pix2pix.generator import SKIP_GAIN, way_up
from worker.networks.tensors import ops

CHANNELS: Final = len(PARTS) + 1
"""Of a canvas: a share of each part, and where the piece seems to be."""


@dataclass(frozen=True)
class WornPieceConfig:
    """Shape of the network.

    Attributes:
        size_hw: the canvas.
        widths: of each level, the finest first; each has half the size of the one before.
    """

    size_hw: tuple[int, int] = (88, 40)
    widths: tuple[int, ...] = (24, 48, 80, 112)


def build_worn_piece(config: WornPieceConfig) -> keras.Model:
    """Build the network.

    Inputs: float (B, H, W, ``CHANNELS``) in 0..1, and float (B, 10), 1 for the piece by its place
    in ``Piece``.
    Output: float32 (B, H, W), what is added to the logit of where the piece seems to be.
    """
    canvas: Any = keras.Input((*config.size_hw, CHANNELS), name="canvas")
    piece = keras.Input((len(Piece),), name="piece")
    features = ScaledConv2D(config.widths[0], 3, name="down0")(
        ops.concatenate([canvas[..., :-1], logit(canvas[..., -1:]) / 5.0], axis=-1)
    )
    levels = [_told(features, piece, "down0")]
    for level, width in enumerate(config.widths[1:], 1):
        name = f"down{level}"
        features = ScaledConv2D(width, 3, strides=2, relu=True, name=name)(levels[-1])
        levels.append(residual_block(_told(features, piece, name), f"{name}_block"))
    seen = ops.average_pool(levels[-1], levels[-1].shape[1:3])
    levels[-1] = levels[-1] + ScaledConv2D(
        config.widths[-1], 1, relu=True, gain_start=SKIP_GAIN, name="whole"
    )(seen)
    known = way_up(levels, config.widths, finest=0)
    # Starts at nothing: a network that has learned nothing corrects nothing.
    correction = ScaledConv2D(1, 1, relu=True, gain_start=0.0, name="correction")(known)
    return keras.Model([canvas, piece], ops.cast(correction[..., 0], "float32"), name="worn_piece")


def _told(features: Any, piece: Any, name: str) -> Any:
    """Features (B, h, w, C) that hear which piece is looked for: a factor and a term a channel."""
    width = int(features.shape[-1])
    factor, term = (
        keras.layers.Dense(
            width, use_bias=False, kernel_initializer="zeros", name=f"{name}_{kind}"
        )(piece)[:, None, None]
        for kind in ("factor", "term")
    )
    return features * (1.0 + factor) + term


def logit(share: Any) -> Any:
    """The logit of a share in 0..1, which stays finite."""
    return ops.log((share + LEAST) / (1.0 + LEAST - share))


def compile_worn_piece(network: keras.Model) -> "Compiled[npt.NDArray[np.float32]]":
    """Compile the network: canvases uint8 (B, H, W, ``CHANNELS``) and rows float32 (B, 10) in."""

    def corrected(canvases: Any, pieces: Any) -> Any:
        return network([ops.cast(canvases, "float32") / 255.0, pieces], training=False)

    _, height, width, _ = network.input_shape[0]
    return Compiled(corrected, (int(height), int(width)), (len(Piece),), channels=CHANNELS)
