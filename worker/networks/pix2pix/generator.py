"""The generator: a residual U-Net that paints in the palette, and says which garment is where.

Its last layer mixes the four paints with weights that sum to one at each pixel, so a painted
colour always lies inside the palette's hull. Source of the scheme: Isola et al., "Image-to-image
translation with conditional adversarial networks", CVPR 2017. A second head says of each pixel
which garment it is, were it clothes.
"""

from dataclasses import dataclass
from typing import Any, Final, TypedDict

import keras
import numpy as np
import numpy.typing as npt

from worker.imaging.labels.merges import GARMENTS
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
    """Shape of a generator.

    Attributes:
        paints: colours of the palette.
        garments: kinds of garment that the second head tells apart; 0: there is none.
        size_hw: the canvas.
        widths: ``widths[i]`` is the decoder's width at stride ``2 ** (i + 1)``.
    """

    paints: int = 4
    garments: int = len(GARMENTS)
    size_hw: tuple[int, int] = (704, 320)
    widths: tuple[int, ...] = (32, 64, 96, 128, 192)


# The backbone's linear maps have a standard deviation of 2 to 5; this brings them near 1.
SKIP_GAIN: Final = 0.3

# No logit is so far from zero that a share, in bytes, would tell.
_FURTHEST: Final = 30.0


def build_generator(config: GeneratorConfig) -> keras.Model:
    """Build the generator: a U-Net whose way down is a MobileNetV2.

    Input: float (B, H, W, 3) in -1..1, the subject's box of the grey-filled photo.
    Output: logits of the mixture, float32 (B, H, W, paints), in palette order; see :func:`paint`.
    With garments, a list of these and of the garments' logits, float32 (B, H / 2, W / 2, garments);
    see :func:`parts_of`.
    """
    photo = keras.Input((*config.size_hw, 3), name="photo")
    with computing_in("float32"):  # depthwise layers are no faster in bfloat16, but less exact
        fine, *levels = mobilenet(photo)
    known = way_up(levels, config.widths[1:], finest=2)
    # The finest level has most of the pixels: it only draws the edges of what the others know.
    features = join(fine, known, config.widths[0], "up1")
    features = ScaledConv2D(config.widths[0], 3, relu=True, name="edges")(features)
    # Four sub-pixels share each position: full resolution costs no full-resolution convolution.
    mixture = ScaledConv2D(4 * config.paints, 3, relu=True, name="paints")(features)
    mixture = ops.cast(depth_to_space2x(mixture), "float32")
    if not config.garments:
        return keras.Model(photo, mixture, name="generator")
    worn = ScaledConv2D(config.widths[1], 3, relu=True, name="worn")(known)
    garments = ScaledConv2D(4 * config.garments, 1, relu=True, name="garments")(worn)
    garments = ops.cast(depth_to_space2x(garments), "float32")
    garments = garments + likely_garments(levels[-1], config.garments)
    return keras.Model(photo, [mixture, garments], name="generator")


def likely_garments(coarsest: Any, garments: int) -> Any:
    """How likely somebody wears each garment at all, judged by the picture as a whole.

    Whether it is a dress or a top and a skirt is decided once, and not at each pixel.

    Args:
        coarsest: the last map of the way down, (B, h, w, C).
        garments: how many kinds there are.

    Returns:
        What is added to their logits everywhere, float32 (B, 1, 1, garments).
    """
    seen = ops.average_pool(coarsest, coarsest.shape[1:3])
    hidden = ScaledConv2D(64, 1, gain_start=SKIP_GAIN, name="outfit")(seen)
    # Starts at nothing: weights without this layer paint as they did.
    likely = ScaledConv2D(garments, 1, relu=True, gain_start=0.0, name="likely")(hidden)
    return ops.cast(likely, "float32")


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
    colours = np.asarray(palette, np.float32) / 127.5 - 1.0
    return ops.matmul(shares_of(mixture), ops.convert_to_tensor(colours))


def shares_of(logits: Any) -> Any:
    """The softmax of logits (B, H, W, C): shares of each pixel that sum to 1."""
    # Written out, with the sum as a product: over so few channels oneDNN's own is slow.
    weights = _weights(logits)
    return weights / ops.matmul(weights, ops.ones((int(logits.shape[-1]), 1), "float32"))


def _weights(logits: Any) -> Any:
    """Powers of e that do not overflow. To subtract the greatest instead would cost more."""
    return ops.exp(ops.clip(logits, -_FURTHEST, _FURTHEST))


def parts_of(mixture: Any, garments: Any) -> Any:
    """The share of each pixel that every part of an outfit takes.

    Args:
        mixture: logits of the four regions (B, H, W, 4); clothes are the last.
        garments: logits (B, H / 2, W / 2, 11).

    Returns:
        float32 (B, H / 2, W / 2, 14) in 0..1, in the order of the parts.
    """
    return _divided(ops.average_pool(shares_of(mixture), 2, 2), garments)


def paints_itself(network: keras.Model) -> bool:
    """Whether a generator's output is a painting, RGB, and not a mixture of a palette's paints."""
    return not knows_garments(network) and int(network.output_shape[-1]) == 3


def knows_garments(network: keras.Model) -> bool:
    """Whether a generator has the second head."""
    return len(network.outputs) == 2


def compile_painter(network: keras.Model, palette: Palette) -> Compiled[npt.NDArray[np.uint8]]:
    """Compile a generator: canvases in, paintings out, both RGB uint8 (B, H, W, 3)."""

    def painted(canvases: Any) -> Any:
        output = network(_unit(canvases), training=False)
        if knows_garments(network):
            output = output[0]
        return _bytes(output if paints_itself(network) else paint(output, palette))

    return Compiled(painted, _size_hw(network))


def compile_outfit_painter(network: keras.Model, palette: Palette) -> "Compiled[OutfitPainting]":
    """Compile a generator that knows garments: canvases, RGB uint8 (B, H, W, 3), in."""
    blocks = keras.Model(network.input, [network.get_layer("paints").output, network.outputs[1]])

    def painted(canvases: Any) -> Any:
        mixture, garments = blocks(_unit(canvases), training=False)
        colours, regions = _mixed(ops.cast(mixture, "float32"), palette)
        parts = _divided(regions, garments)
        return {
            "painting": ops.cast(ops.round(depth_to_space2x(colours)), "uint8"),
            "parts": ops.cast(ops.round(parts * 255.0), "uint8"),
        }

    return Compiled(painted, _size_hw(network))


def _mixed(blocks: Any, palette: Palette) -> tuple[Any, Any]:
    """What :func:`paint` gives, and the regions' shares at half of its size.

    A position's four sub-pixels stay together, and all is products with small matrices: to cut,
    join or spread channels takes a processor longer than to multiply them.

    Args:
        blocks: logits (B, H / 2, W / 2, 4 · paints), before they are spread.
        palette: one RGB colour a paint.

    Returns:
        float32 (B, H / 2, W / 2, 12) in 0..255, and float32 (B, H / 2, W / 2, paints).
    """
    weights, paints = _weights(blocks), len(palette)
    of_four = np.eye(4, dtype=np.float32)
    every, each = np.ones((paints, paints), np.float32), np.eye(paints, dtype=np.float32)
    shares = weights / _times(weights, np.kron(of_four, every))
    colours = _times(shares, np.kron(of_four, np.asarray(palette, np.float32)))
    return colours, _times(shares, np.tile(each / 4, (4, 1)))


def _divided(regions: Any, garments: Any) -> Any:
    """Divide the clothes' share of each pixel, the last of the regions', among the garments.

    In products, as :func:`_mixed`.
    """
    count = int(garments.shape[-1])
    spread = np.zeros((4, 3 + count), np.float32)
    spread[:3, :3], spread[3, 3:] = np.eye(3), 1.0
    weights = _weights(garments)
    whole = np.ones((count, 3 + count), np.float32)
    own = np.concatenate([whole[:, :3], np.eye(count, dtype=np.float32)], axis=1)
    return _times(regions, spread) * (_times(weights, own) / _times(weights, whole))


def _times(values: Any, matrix: npt.NDArray[Any]) -> Any:
    return ops.matmul(values, ops.convert_to_tensor(matrix, "float32"))


class OutfitPainting(TypedDict):
    """What a generator with both heads paints.

    Attributes:
        painting: in the palette's colours, RGB uint8 (B, H, W, 3).
        parts: each part's share of 255, uint8 (B, H / 2, W / 2, 14), in the order of ``PARTS``.
    """

    painting: npt.NDArray[np.uint8]
    parts: npt.NDArray[np.uint8]


def _size_hw(network: keras.Model) -> tuple[int, int]:
    _, height, width, _ = network.input_shape
    return int(height), int(width)


def _unit(canvases: Any) -> Any:
    return ops.cast(canvases, "float32") / 127.5 - 1.0


def _bytes(painting: Any) -> Any:
    return ops.cast(ops.clip(ops.round((painting + 1.0) * 127.5), 0, 255), "uint8")
