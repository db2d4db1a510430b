"""ResNet-50 and ResNet-101 as the released weights want them.

Every convolution has a bias, the stride is in a block's first 1x1, batch norm uses its moving
statistics with epsilon 1e-3. Layer names are the released file's. Source: He et al., "Deep residual
learning for image recognition", CVPR 2016.
"""

from typing import Any, Final

from keras import layers

from worker.networks.mask_rcnn import fast

BLOCKS: Final = {"resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3)}
"""Residual blocks of stages 2 to 5."""

EPSILON: Final = 1e-3


class FrozenNorm(layers.BatchNormalization):
    """Batch norm by its moving statistics, which are never updated; as in the release.

    With TensorFlow it is the very operation that the original runs, so that both round alike.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (B, H, W, C); the same whether training or not."""
        if fast.available():
            statistics = (self.gamma, self.beta, self.moving_mean, self.moving_variance)
            return fast.batch_norm(inputs, statistics, self.epsilon)
        return super().call(inputs, training=False, mask=mask)


def convolve(
    inputs: Any,
    filters: int,
    kernel_size: int,
    *,
    names: tuple[str, str],
    folded: bool,
    strides: int = 1,
    padding: str = "same",
) -> Any:
    """A convolution and its batch norm, whose moving statistics are never updated.

    Args:
        inputs: (B, H, W, C).
        filters: output channels.
        kernel_size: cells a side.
        names: the layer names of the convolution and of the norm.
        folded: leave the norm out, since it is part of the kernel and the bias: the same numbers
            in one pass over memory instead of two.
        strides: cells a step.
        padding: as in Keras.
    """
    convolution = layers.Conv2D(
        filters, kernel_size, strides=strides, padding=padding, name=names[0]
    )
    outputs = convolution(inputs)
    if folded:
        return outputs
    return FrozenNorm(epsilon=EPSILON, name=names[1])(outputs)


def resnet(photo: Any, backbone: str, folded: bool) -> list[Any]:
    """Feature maps C2 to C5 of strides 4 to 32, with 256, 512, 1024 and 2048 channels.

    Args:
        photo: (B, H, W, 3), RGB 0..255 minus the mean.
        backbone: a key of ``BLOCKS``.
        folded: batch norm is part of the convolutions.
    """
    padded = layers.ZeroPadding2D(3)(photo)
    names = ("conv1", "bn_conv1")
    stem = convolve(padded, 64, 7, names=names, folded=folded, strides=2, padding="valid")
    features = layers.MaxPooling2D(3, strides=2, padding="same")(layers.ReLU()(stem))
    levels: list[Any] = []
    for stage, blocks in enumerate(BLOCKS[backbone], start=2):
        for index in range(blocks):
            features = _bottleneck(features, stage, index, folded)
        levels.append(features)
    return levels


def _bottleneck(inputs: Any, stage: int, index: int, folded: bool) -> Any:
    """One block: 1x1, 3x3, 1x1 beside a shortcut, which projects in a stage's first block."""
    name = f"{stage}{chr(ord('a') + index)}_branch"
    width = 64 * 2 ** (stage - 2)
    strides = 2 if index == 0 and stage > 2 else 1

    def branch(features: Any, part: str, filters: int, kernel_size: int, step: int) -> Any:
        names = (f"res{name}{part}", f"bn{name}{part}")
        return convolve(features, filters, kernel_size, names=names, folded=folded, strides=step)

    hidden = layers.ReLU()(branch(inputs, "2a", width, 1, strides))
    hidden = layers.ReLU()(branch(hidden, "2b", width, 3, 1))
    hidden = branch(hidden, "2c", 4 * width, 1, 1)
    shortcut = branch(inputs, "1", 4 * width, 1, strides) if index == 0 else inputs
    return layers.ReLU()(layers.Add()([hidden, shortcut]))
