"""Start the compact backbone from published ImageNet weights, read from a TFLite file.

The file holds MobileNetV2 with batch norm folded in, int8 with one scale for each output channel:
value = (integer - zero point) · scale. Layers stand in the file in the order of the network.
"""

from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt

from shared.errors import WeightsError
from worker.training.optimizer import Learner

Floats = npt.NDArray[np.float32]


def start_from_imagenet(backbone: keras.Model, path: Path) -> None:
    """Fill every convolution of a MobileNetV2 backbone from a quantised TFLite file.

    Args:
        backbone: a model whose biased convolutions are those of
            :func:`~worker.networks.mobilenet.mobilenet`, first and in its order.
        path: the file; layers behind the backbone's last one (the classifier) are left out.

    Raises:
        WeightsError: there is no such file, TensorFlow is not installed, or the layers differ.
    """
    tensors = _read_constants(path)
    targets = published_layers(backbone)
    if len(tensors) < 2 * len(targets):
        raise WeightsError(f"{path} has {len(tensors)} tensors, {len(targets)} layers need two")
    for layer, packed, bias in zip(targets, tensors[::2], tensors[1::2], strict=False):
        # TFLite: (out, h, w, in), depthwise (1, h, w, channels). Keras: (h, w, in, out or 1).
        kernel = packed.transpose((1, 2, 3, 0))
        shapes = [tuple(variable.shape) for variable in layer.weights]
        if shapes != [kernel.shape, bias.shape]:
            raise WeightsError(
                f"{path}: {layer.name} wants {shapes}, the file has {[kernel.shape, bias.shape]}"
            )
        layer.set_weights([kernel, bias])


def learners_of(
    network: keras.Model, backbone: keras.Model, imagenet: Path | None
) -> list[Learner]:
    """Two learners for a network: one for its backbone, one for the rest.

    Args:
        network: what learns.
        backbone: the part of it, or the whole, that holds the published layers.
        imagenet: the file that the published layers start from; None: they start by chance.

    Raises:
        WeightsError: see :func:`start_from_imagenet`.
    """
    if imagenet is not None:
        start_from_imagenet(backbone, imagenet)
    published = [v for layer in published_layers(backbone) for v in layer.trainable_variables]
    known = {id(variable) for variable in published}
    rest = [v for v in network.trainable_variables if id(v) not in known]
    # What ImageNet taught already must not be unlearned in the first steps.
    return [Learner(published, rate=3e-4 if imagenet else 1e-3), Learner(rest, rate=1e-3)]


def published_layers(backbone: keras.Model) -> list[keras.layers.Layer]:
    """The layers that published weights can fill, in their order."""
    plain = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    return [layer for layer in backbone.layers if isinstance(layer, plain)]


def _read_constants(path: Path) -> list[Floats]:
    """Kernels and biases in the file's order, dequantised."""
    if not path.is_file():
        raise WeightsError(f"no ImageNet weights at {path}")
    try:
        import tensorflow as tf  # noqa: PLC0415  # the only reader of the format here
    except ImportError as error:
        raise WeightsError(
            f"reading {path} needs TensorFlow; make the run's first checkpoint where it is "
            "installed, and take the run's folder along"
        ) from error
    interpreter = cast("Any", tf).lite.Interpreter(str(path))
    constants: list[Floats] = []
    for detail in interpreter.get_tensor_details():
        quantisation = detail["quantization_parameters"]
        scales, axis = quantisation["scales"], quantisation["quantized_dimension"]
        # Constants have a scale for each channel; inputs and activations have one in all.
        if detail["dtype"] not in (np.int8, np.int32) or len(scales) < 2:
            continue
        integers = interpreter.get_tensor(detail["index"])
        shape = [1] * integers.ndim
        shape[axis] = -1
        zero = quantisation["zero_points"].reshape(shape)
        constants.append(((integers - zero) * scales.reshape(shape)).astype(np.float32))
    return constants
