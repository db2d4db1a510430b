"""EfficientNet-Lite without batch norm: a backbone for a CPU that starts from ImageNet.

Source: Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks",
ICML 2019, in its Lite form: no squeeze-and-excitation, ReLU6 throughout, stem and last group of
fixed size. The published weights are folded into biased convolutions
(``worker/training/imagenet.py``), so the network needs no statistics of a batch.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from keras import layers

from worker.networks.mobilenet import BEFORE_RELU, inverted_residual


@dataclass(frozen=True)
class LiteConfig:
    """One of the published sizes: how much wider and deeper than the smallest."""

    width: float
    depth: float


LITE0: Final = LiteConfig(1.0, 1.0)
LITE2: Final = LiteConfig(1.1, 1.2)


@dataclass(frozen=True)
class _Group:
    """Blocks of one width; the first of them strides."""

    kernel: int
    strides: int
    expansion: int
    width: int
    blocks: int


_GROUPS: Final = (
    _Group(3, 1, 1, 16, 1),
    _Group(3, 2, 6, 24, 2),
    _Group(5, 2, 6, 40, 2),
    _Group(3, 2, 6, 80, 3),
    _Group(5, 1, 6, 112, 3),
    _Group(5, 2, 6, 192, 4),
    _Group(3, 1, 6, 320, 1),
)


def efficientnet(photo: Any, config: LiteConfig = LITE0) -> list[Any]:
    """Feature maps of a photo.

    Args:
        photo: (B, H, W, 3) in -1..1.
        config: the size.

    Returns:
        Maps of strides 2, 4, 8, 16 and 32; linear, so of either sign. LITE0 gives 16, 24, 40, 112
        and 320 channels.
    """
    features = layers.Conv2D(
        32, 3, strides=2, padding="same", kernel_initializer=BEFORE_RELU, name="stem"
    )(photo)
    features = layers.ReLU(6.0)(features)
    levels: list[Any] = []
    block = 0
    for place, group in enumerate(_GROUPS):
        if group.strides == 2:
            levels.append(features)
        is_fixed = place in (0, len(_GROUPS) - 1)
        for index in range(group.blocks if is_fixed else ceil(group.blocks * config.depth)):
            block += 1
            features = inverted_residual(
                features,
                width=_rounded(group.width * config.width),
                expansion=group.expansion,
                kernel=group.kernel,
                strides=group.strides if index == 0 else 1,
                name=f"block{block}",
            )
    return [*levels, features]


def _rounded(width: float) -> int:
    """The nearest multiple of eight, at most a tenth below."""
    nearest = max(8, int(width + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * width else nearest
