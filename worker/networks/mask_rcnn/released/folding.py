"""Folding batch norm into convolutions: the same network in fewer passes over memory.

norm(conv(x)) = gamma · (kernel·x + bias - mean) / sqrt(variance + epsilon) + beta, which is a
convolution with kernel · s and bias (bias - mean) · s + beta, where s = gamma / sqrt(…).
"""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from worker.networks.mask_rcnn.network import MaskRcnn
from worker.networks.mask_rcnn.released.resnet import EPSILON

Floats = npt.NDArray[np.floating[Any]]


def norm_name(convolution: str) -> str:
    """Name of the batch norm behind a convolution: ``res2a_branch1`` → ``bn2a_branch1``."""
    if convolution == "conv1":
        return "bn_conv1"
    if convolution.startswith("res"):
        return "bn" + convolution.removeprefix("res")
    return convolution.replace("_conv", "_bn")


def fold(network: MaskRcnn) -> MaskRcnn:
    """A copy of a released network for inference, batch norm folded into its convolutions.

    The copy computes in the precision of the present Keras policy.
    """
    folded = MaskRcnn(network.config, folded=True)
    source = {layer.name: layer for layer in network.weighted_layers()}
    for layer in folded.weighted_layers():
        norm = source.get(norm_name(layer.name))
        values = source[layer.name].get_weights()
        if isinstance(norm, keras.layers.BatchNormalization):
            values = _fold(values, norm.get_weights())
        layer.set_weights(values)
    return folded


def _fold(convolution: list[Floats], norm: list[Floats]) -> list[Floats]:
    """Kernel and bias with gamma, beta, mean and variance folded in, in double precision."""
    kernel, bias = (values.astype(np.float64) for values in convolution)
    gamma, beta, mean, variance = (values.astype(np.float64) for values in norm)
    scale = gamma / np.sqrt(variance + EPSILON)
    return [kernel * scale, (bias - mean) * scale + beta]
