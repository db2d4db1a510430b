"""Weights files of the original package: HDF5, one group a layer, read whole or not at all.

A file holds a group for each layer with the attribute ``weight_names``; the last two parts of such
a name are the layer and the tensor (``rpn_model/rpn_conv_shared/kernel:0``). Layers that have no
weights, of which a file saved in training has many, have empty groups. Layers are matched by name:
their order in the file is that of construction.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import h5py
import numpy as np
import numpy.typing as npt

from shared.errors import WeightsError
from worker.networks.mask_rcnn.network import MaskRcnn

Array = npt.NDArray[np.float32]
SHOWN: Final = 5
"""How many tensors an error names."""


@dataclass(frozen=True)
class Totals:
    """What a file holds; the released COCO file: 233 groups, 690 tensors, 64,158,584 floats."""

    groups: int
    tensors: int
    floats: int


def load_weights_file(network: MaskRcnn, path: Path) -> Totals:
    """Fill a network from a file of the original package.

    Args:
        network: a released network, batch norm not folded.
        path: ``mask_rcnn_coco.h5``, or any file that the original's ``save_weights`` wrote.

    Returns:
        What was loaded, all of it.

    Raises:
        WeightsError: the file is missing, damaged or no such file; or a tensor of the network is
            missing, stands twice, is left over or has another shape. The message names them, and
            the network is unchanged.
    """
    groups, tensors = read_weights_file(path)
    wanted = {
        f"{layer.name}/{variable.name}": variable
        for layer in network.weighted_layers()
        for variable in layer.weights
    }
    if wrong := _mismatch(tensors, {name: tuple(v.shape) for name, v in wanted.items()}):
        raise WeightsError(
            f"{path} does not belong to {network.name} with {network.config.backbone} and "
            f"{network.config.classes} classes: {wrong}"
        )
    for name, variable in wanted.items():
        variable.assign(tensors[name])
    return Totals(groups, len(tensors), sum(array.size for array in tensors.values()))


def _mismatch(tensors: dict[str, Array], wanted: dict[str, tuple[int, ...]]) -> str:
    """What is wrong with a file's tensors, or nothing."""
    missing = sorted(wanted.keys() - tensors.keys())
    left_over = sorted(tensors.keys() - wanted.keys())
    shapes = [
        f"{name} {tensors[name].shape} instead of {shape}"
        for name, shape in sorted(wanted.items())
        if name in tensors and tensors[name].shape != shape
    ]
    verdicts = (("missing", missing), ("left over", left_over), ("of another shape", shapes))
    return "; ".join(
        f"{len(names)} {verdict}: {', '.join(names[:SHOWN])}{', …' if len(names) > SHOWN else ''}"
        for verdict, names in verdicts
        if names
    )


def read_weights_file(path: Path) -> tuple[int, dict[str, Array]]:
    """All tensors of a file by ``layer/tensor``, and how many groups held any.

    Raises:
        WeightsError: as :func:`load_weights_file`, without a network's own conditions.
    """
    if not path.is_file():
        raise WeightsError(f"no weights at {path}; get them with `colourway weights fetch coco`")
    tensors: dict[str, Array] = {}
    groups = 0
    try:
        with h5py.File(path, "r") as file:
            for layer, group in _layer_groups(file, path):
                names = [_text(name) for name in group.attrs.get("weight_names", ())]
                groups += bool(names)
                for name in names:
                    key = "/".join(name.partition(":")[0].split("/")[-2:])
                    if key in tensors:
                        raise WeightsError(f"{path} holds {key} twice (again in group {layer})")
                    tensors[key] = np.asarray(group[name], np.float32)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f"{path} is truncated, damaged or no weights file: {error}; fetch or save it again"
        ) from error
    return groups, tensors


def _layer_groups(file: h5py.File, path: Path) -> Iterator[tuple[str, Any]]:
    root = cast("Any", file.get("model_weights", file))
    if "layer_names" not in root.attrs:
        raise WeightsError(f"{path} is HDF5, but names no layers: not a weights file of Keras")
    for name in root.attrs["layer_names"]:
        yield _text(name), root[_text(name)]


def _text(name: bytes | str) -> str:
    return name.decode("utf-8") if isinstance(name, bytes) else name
