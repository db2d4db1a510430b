"""Weights files in the original package's layout, for tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np

from worker.networks.mask_rcnn.network import MaskRcnn

Tensors = dict[str, dict[str, np.ndarray]]
"""Layer → tensor → values."""


def random_tensors(network: MaskRcnn, seed: int) -> Tensors:
    """Different, tame numbers for every tensor of a network; variances are positive."""
    rng = np.random.default_rng(seed)
    return {
        layer.name: {v.name: _tame(v.name, tuple(v.shape), rng) for v in layer.weights}
        for layer in network.weighted_layers()
    }


def _tame(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if name == "kernel":
        return rng.normal(0, np.prod(shape[:-1]) ** -0.5, shape).astype(np.float32)
    centre = 1.0 if name in {"gamma", "moving_variance"} else 0.0
    return (centre + rng.uniform(-0.3, 0.3, shape)).astype(np.float32)


def write_weights_file(
    path: Path, tensors: Tensors, rename: Callable[[str], str] = lambda name: name
) -> None:
    """Write as the original's ``save_weights`` does, layers in an order of their own.

    Layers of the proposals stand in one group, as those of a nested model do; a layer without
    weights has an empty group.
    """
    with h5py.File(path, "w") as file:
        layers = ["input_image", *(n for n in reversed(tensors) if not n.startswith("rpn_"))]
        file.attrs["layer_names"] = [name.encode() for name in (*layers, "rpn_model")]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.0.8"
        for name in layers:
            _write_group(file, name, [(name, tensors.get(name, {}))], rename)
        nested = [(name, tensors[name]) for name in tensors if name.startswith("rpn_")]
        _write_group(file, "rpn_model", nested, rename)


def _write_group(
    file: h5py.File,
    name: str,
    parts: list[tuple[str, dict[str, np.ndarray]]],
    rename: Callable[[str], str],
) -> None:
    group = file.create_group(name)
    entries = [
        (rename(f"{layer}/{tensor}:0"), values)
        for layer, tensors in parts
        for tensor, values in tensors.items()
    ]
    group.attrs["weight_names"] = [entry.encode() for entry, _ in entries]
    for entry, values in entries:
        group[entry] = values


def flat(network: MaskRcnn) -> Iterator[tuple[str, np.ndarray]]:
    """Every tensor of a network with its name ``layer/tensor``."""
    for layer in network.weighted_layers():
        for variable in layer.weights:
            yield f"{layer.name}/{variable.name}", np.asarray(variable.value)
