"""The PatchGAN discriminator: is this painting true to this photo, patch by patch?"""

from dataclasses import dataclass

import keras

from worker.networks.layers import ScaledConv2D
from worker.networks.tensors import ops


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Shape of a discriminator; every width is a 4x4 convolution of stride 2."""

    widths: tuple[int, ...] = (32, 64, 128, 192)


def build_discriminator(config: DiscriminatorConfig) -> keras.Model:
    """Build the discriminator; fully convolutional, so it judges crops of any size.

    Inputs: ``painting`` and ``photo``, float (B, H, W, 3) in -1..1.
    Output: float32 (B, H / 2^n, W / 2^n, 1), near 1 for true patches, near 0 for painted ones.
    """
    painting = keras.Input((None, None, 3), name="painting")
    photo = keras.Input((None, None, 3), name="photo")
    features = ops.concatenate([painting, photo], axis=-1)
    for level, width in enumerate(config.widths):
        features = ScaledConv2D(width, 4, strides=2, name=f"judge{level + 1}")(features)
        features = ops.leaky_relu(features, negative_slope=0.2)
    verdict = ScaledConv2D(1, 4, name="verdict")(features)
    return keras.Model([painting, photo], ops.cast(verdict, "float32"), name="discriminator")
