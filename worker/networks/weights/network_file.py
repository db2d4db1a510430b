"""Weights: one file a network, float16, loaded whole or not at all.

A file is a NumPy archive of arrays named after the network's variables.
"""

import zipfile
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt

from shared.errors import WeightsError
from worker.networks.tensors import ops
from worker.networks.weights.manifest import sha256_of


def save_weights(network: keras.Model, path: Path) -> str:
    """Write a network's variables as float16; gives the file's sha256."""
    arrays = {v.path: ops.convert_to_numpy(v.value) for v in network.variables}
    if len(arrays) != len(network.variables):
        raise WeightsError(f"{network.name}: two variables share a name")
    half = {name: array.astype(np.float16) for name, array in arrays.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        cast("Any", np.savez)(file, **half)
    return sha256_of(path)


def load_weights(network: keras.Model, path: Path) -> None:
    """Fill a network from a file: every variable exactly once, or nothing at all.

    Raises:
        WeightsError: the file is missing or damaged, or holds other names or shapes than the
            network has; the message lists them.
    """
    arrays = read_arrays(path)
    variables = {variable.path: variable for variable in network.variables}
    wrong = sorted(variables.keys() ^ arrays.keys())
    if wrong:
        raise WeightsError(f"{path} does not belong to {network.name}: {_few(wrong)}")
    shapes = [
        f"{name} {arrays[name].shape} instead of {tuple(variable.shape)}"
        for name, variable in variables.items()
        if arrays[name].shape != tuple(variable.shape)
    ]
    if shapes:
        raise WeightsError(f"{path} has other shapes than {network.name}: {_few(shapes)}")
    for name, variable in variables.items():
        variable.assign(arrays[name].astype(np.float32))


def load_what_fits(network: keras.Model, path: Path) -> list[Any]:
    """Fill those variables of a network of which a file holds the name and the shape.

    Returns:
        The variables that were filled.

    Raises:
        WeightsError: the file is missing or damaged, or fills less than half of the variables.
    """
    arrays = read_arrays(path)
    fitting = [
        variable
        for variable in network.variables
        if variable.path in arrays and arrays[variable.path].shape == tuple(variable.shape)
    ]
    if 2 * len(fitting) < len(network.variables):
        raise WeightsError(
            f"{path} does not belong to {network.name}, nor to a network like it: it fills "
            f"{len(fitting)} of {len(network.variables)} variables"
        )
    for variable in fitting:
        variable.assign(arrays[variable.path].astype(np.float32))
    return fitting


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Read a file's arrays, by their names.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    try:
        # Opened here: of a damaged file NumPy leaves its own open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise WeightsError(f"no weights at {path}") from error
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise WeightsError(f"{path} is damaged or no weights file: {error}") from error


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
