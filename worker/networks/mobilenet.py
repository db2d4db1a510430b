"""MobileNetV2 without batch norm: the compact backbone, small enough for a CPU.

Source: Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018. Its
published weights can be folded into these biased convolutions, so that it needs no statistics of
a batch (``worker/training/imagenet.py``).
"""

from dataclasses import dataclass
from typing import Any, Final

from keras import initializers, layers


@dataclass(frozen=True)
class Group:
    """Blocks of one width; the first of them strides."""

    expansion: int
    width: int
    blocks: int
    strides: int


GROUPS: Final = (
    Group(1, 16, 1, 1),
    Group(6, 24, 2, 2),
    Group(6, 32, 3, 2),
    Group(6, 64, 4, 2),
    Group(6, 96, 3, 1),
    Group(6, 160, 3, 2),
    Group(6, 320, 1, 1),
)

# Kernels that start by chance keep the variance: nothing else does without batch norm.
BEFORE_RELU: Final = "he_normal"


def mobilenet(photo: Any) -> list[Any]:
    """Feature maps of a photo.

    Args:
        photo: (B, H, W, 3) in -1..1.

    Returns:
        Maps of strides 2, 4, 8, 16 and 32, with 16, 24, 32, 96 and 320 channels; linear, so of
        either sign.
    """
    features = layers.Conv2D(
        32, 3, strides=2, padding="same", kernel_initializer=BEFORE_RELU, name="stem"
    )(photo)
    features = layers.ReLU(6.0)(features)
    levels: list[Any] = []
    block = 0
    for group in GROUPS:
        if group.strides == 2:
            levels.append(features)
        for index in range(group.blocks):
            block += 1
            strides = group.strides if index == 0 else 1
            features = _inverted_residual(
                features,
                width=group.width,
                expansion=group.expansion,
                strides=strides,
                name=f"block{block}",
            )
    return [*levels, features]


def _inverted_residual(inputs: Any, *, width: int, expansion: int, strides: int, name: str) -> Any:
    """Expand, filter each channel by itself, project; a shortcut where shapes allow it."""
    hidden = inputs
    if expansion > 1:
        hidden_width = int(inputs.shape[-1]) * expansion
        expand = layers.Conv2D(
            hidden_width, 1, kernel_initializer=BEFORE_RELU, name=f"{name}_expand"
        )
        hidden = layers.ReLU(6.0)(expand(hidden))
    # As he_normal would be, did Keras not count every channel as an input of every other.
    start: Any = initializers.RandomNormal(stddev=(2 / 9) ** 0.5)
    # On a CPU the gradient of a strided one takes seven times as long in bfloat16 as in float32.
    depthwise = layers.DepthwiseConv2D(
        3,
        strides=strides,
        padding="same",
        depthwise_initializer=start,
        dtype="float32" if strides > 1 else None,
        name=f"{name}_depthwise",
    )
    hidden = layers.ReLU(6.0)(depthwise(hidden))
    hidden = layers.Conv2D(width, 1, kernel_initializer="lecun_normal", name=f"{name}_project")(
        hidden
    )
    return inputs + hidden if inputs.shape == hidden.shape else hidden
