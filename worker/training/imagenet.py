"""Start a backbone from published ImageNet weights.

Of MobileNetV2 they are a TFLite file with batch norm folded in, int8 with one scale for each
output channel: value = (integer - zero point) · scale. Of EfficientNet-Lite they are PyTorch's,
whose batch norm is folded here. Layers stand in both in the order of the network. A folded file of
ours (.npz) spares the training PyTorch: ``python -m worker.training.imagenet WEIGHTS.pth OUT.npz``.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import keras
import numpy as np
import numpy.typing as npt

from shared.errors import WeightsError

Floats = npt.NDArray[np.float32]
Pair = tuple[Floats, Floats]
"""Kernel and bias of a convolution, shaped as Keras has them."""
Item = TypeVar("Item")

NORM_EPSILON: Final = 1e-3
"""Of the batch norms of EfficientNet-Lite."""


def start_from_imagenet(backbone: keras.Model, path: Path) -> None:
    """Fill every convolution of a backbone from a file of published weights.

    Args:
        backbone: a model whose biased convolutions are those of
            :func:`~worker.networks.mobilenet.mobilenet` or
            :func:`~worker.networks.efficientnet.efficientnet`, first and in their order.
        path: ``.tflite``, ``.pth`` or ``.npz``; layers behind the backbone's last one (the
            classifier) are left out.

    Raises:
        WeightsError: there is no such file, its reader is not installed, or the layers differ.
    """
    if not path.is_file():
        raise WeightsError(f"no ImageNet weights at {path}")
    readers = {".tflite": _read_tflite, ".pth": _read_torch, ".npz": _read_folded}
    if path.suffix not in readers:
        raise WeightsError(f"{path}: expected a .tflite, .pth or .npz file")
    tensors = readers[path.suffix](path)
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


def _read_torch(path: Path) -> list[Pair]:
    """Convolutions in the file's order, each with the batch norm behind it folded in."""
    try:
        import torch  # noqa: PLC0415  # pyright: ignore[reportMissingImports]  # for training only
    except ImportError as error:
        raise WeightsError(
            f"reading {path} needs PyTorch; where it is installed, "
            f"python -m worker.training.imagenet {path.name} OUT.npz makes a file that needs none"
        ) from error
    state = torch.load(path, map_location="cpu", weights_only=True)
    arrays = {name: value.double().numpy() for name, value in state.items() if value.ndim}
    names = [name for name in arrays if not name.startswith("_fc")]
    folded: list[Pair] = []
    for name, *norm in batched(names, 5):
        gamma, beta, mean, variance = (arrays[n] for n in norm)
        scale = gamma / np.sqrt(variance + NORM_EPSILON)
        kernel = arrays[name] * scale[:, None, None, None]
        # PyTorch: (out, in, h, w), depthwise (channels, 1, h, w).
        axes = (2, 3, 0, 1) if "depthwise" in name else (2, 3, 1, 0)
        bias = beta - mean * scale
        folded.append((kernel.transpose(axes).astype(np.float32), bias.astype(np.float32)))
    return folded


def _read_folded(path: Path) -> list[Pair]:
    with np.load(path, allow_pickle=False) as archive:
        arrays = [archive[name] for name in sorted(archive.files)]
    return [(kernel, bias) for bias, kernel in batched(arrays, 2)]


def write_folded(source: Path, target: Path) -> None:
    """Fold PyTorch's file once, so that a training can start from it without PyTorch."""
    arrays: dict[str, Floats] = {}
    for place, (kernel, bias) in enumerate(_read_torch(source)):
        arrays |= {f"{place:03}_bias": bias, f"{place:03}_kernel": kernel}
    cast("Any", np.savez)(target, **arrays)


def batched(values: list[Item], length: int) -> "Iterator[list[Item]]":
    """Lists of so many values each, in order."""
    return (values[start : start + length] for start in range(0, len(values), length))


if __name__ == "__main__":
    write_folded(Path(sys.argv[1]), Path(sys.argv[2]))
