"""Start the backbone from published ImageNet weights, read from a TFLite file.

The file holds MobileNetV2 with batch norm folded in, int8 with one scale for each output channel:
value = (integer - zero point) · scale. Layers stand in it in the order of the network.
"""

from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt

from shared.errors import WeightsError

Floats = npt.NDArray[np.float32]
Pair = tuple[Floats, Floats]
"""Kernel and bias of a convolution, shaped as Keras has them."""


def start_from_imagenet(backbone: keras.Model, path: Path) -> None:
    """Fill every convolution of a backbone from a quantised TFLite file.

    Args:
        backbone: a model whose biased convolutions are those of
            :func:`~worker.networks.mobilenet.mobilenet`, first and in their order.
        path: the file; layers behind the backbone's last one (the classifier) are left out.

    Raises:
        WeightsError: there is no such file, TensorFlow is not installed, or the layers differ.
    """
    if not path.is_file():
        raise WeightsError(f"no ImageNet weights at {path}")
    tensors = _read_tflite(path)
    targets = published_layers(backbone)
    if len(tensors) < len(targets):
        raise WeightsError(f"{path} has {len(tensors)} layers, the backbone {len(targets)}")
    for layer, (kernel, bias) in zip(targets, tensors, strict=False):
        shapes = [tuple(variable.shape) for variable in layer.weights]
        if shapes != [kernel.shape, bias.shape]:
            raise WeightsError(
                f"{path}: {layer.name} wants {shapes}, the file has {[kernel.shape, bias.shape]}"
            )
        layer.set_weights([kernel, bias])


def published_layers(backbone: keras.Model) -> list[keras.layers.Layer]:
    """The layers that published weights can fill, in their order."""
    plain = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    return [layer for layer in backbone.layers if isinstance(layer, plain)]


def _read_tflite(path: Path) -> list[Pair]:
    """Kernels and biases in the file's order, dequantised."""
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
    # TFLite: (out, h, w, in), depthwise (1, h, w, channels). Keras: (h, w, in, out or 1).
    kernels = [packed.transpose((1, 2, 3, 0)) for packed in constants[::2]]
    return list(zip(kernels, constants[1::2], strict=False))
