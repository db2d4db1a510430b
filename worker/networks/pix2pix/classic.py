"""The generator and discriminator as first published: the yardstick beside the compact ones.

A plain U-Net that goes down to a few cells and up again, every activation before its batch norm,
and an output through tanh that may be any colour. Sources: Isola et al., "Image-to-image
translation with conditional adversarial networks", CVPR 2017; widths, momentum and order of layers
as in the pix2pix of the Keras-GAN collection.
"""

from dataclasses import dataclass
from typing import Any, Final

import keras
from keras import layers

from worker.networks.tensors import ops

# Published in TensorFlow 1, where momentum meant the same: the share of the old mean that stays.
MOMENTUM: Final = 0.8
SLOPE: Final = 0.2
START: Final = "glorot_uniform"


@dataclass(frozen=True)
class ClassicConfig:
    """Shape of the classic networks.

    Attributes:
        size_hw: the canvas; each side a multiple of ``2 ** len(downs)``.
        downs: widths of the way down; each is a 4x4 convolution of stride 2.
        judges: widths of the discriminator, likewise.
    """

    size_hw: tuple[int, int] = (768, 512)
    downs: tuple[int, ...] = (64, 128, 256, 512, 512, 512, 512)
    judges: tuple[int, ...] = (64, 128, 256, 512)


def build_classic_generator(config: ClassicConfig) -> keras.Model:
    """Build the generator.

    Input: float (B, H, W, 3) in -1..1, the filled photo.
    Output: float32 (B, H, W, 3) in -1..1: the painting itself, of any colours.

    Raises:
        ValueError: the canvas cannot be halved as often as there are downs.
    """
    factor = 2 ** len(config.downs)
    if any(length % factor for length in config.size_hw):
        raise ValueError(f"a canvas of {config.size_hw} is no multiple of {factor}")
    photo = keras.Input((*config.size_hw, 3), name="photo")
    features: Any = photo
    skips: list[Any] = []
    for level, width in enumerate(config.downs):
        features = _down(features, width, f"down{level + 1}", normalised=level > 0)
        skips.append(features)
    for level in range(len(config.downs) - 1, 0, -1):
        name, width = f"up{level}", config.downs[level - 1]
        features = layers.UpSampling2D(2, name=f"{name}_double")(features)
        features = _conv(width, 1, f"{name}_conv", activation="relu")(features)
        features = layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(features)
        features = layers.Concatenate(name=f"{name}_skip")([features, skips[level - 1]])
    features = layers.UpSampling2D(2, name="full")(features)
    painting = layers.Conv2D(3, 4, padding="same", dtype="float32", name="painting")(features)
    return keras.Model(photo, ops.tanh(painting), name="classic_generator")


def build_classic_discriminator(config: ClassicConfig) -> keras.Model:
    """Build the discriminator, fully convolutional.

    Inputs: ``painting`` and ``photo``, float (B, H, W, 3) in -1..1.
    Output: float32 (B, H / 2^n, W / 2^n, 1), near 1 for true patches, near 0 for painted ones.
    """
    painting = keras.Input((None, None, 3), name="painting")
    photo = keras.Input((None, None, 3), name="photo")
    features: Any = layers.Concatenate(name="pair")([painting, photo])
    for level, width in enumerate(config.judges):
        features = _down(features, width, f"judge{level + 1}", normalised=level > 0)
    verdict = layers.Conv2D(1, 4, padding="same", dtype="float32", name="verdict")(features)
    return keras.Model([painting, photo], verdict, name="classic_discriminator")


def _conv(width: int, strides: int, name: str, activation: str | None = None) -> Any:
    return layers.Conv2D(
        width,
        4,
        strides=strides,
        padding="same",
        activation=activation,
        kernel_initializer=START,
        name=name,
    )


def _down(inputs: Any, width: int, name: str, *, normalised: bool) -> Any:
    features = _conv(width, 2, f"{name}_conv")(inputs)
    features = layers.LeakyReLU(SLOPE, name=f"{name}_relu")(features)
    if normalised:
        features = layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(features)
    return features
