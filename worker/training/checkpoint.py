"""Checkpoints: everything that a training needs to go on as if it had never stopped."""

import json
import os
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np

from shared.errors import ColourwayError


class CheckpointError(ColourwayError):
    """A checkpoint cannot be read, or belongs to another network."""


@dataclass
class TrainingProgress:
    """How far a training is."""

    step: int = 0
    elapsed_s: float = 0.0


def save_checkpoint(path: Path, variables: list[Any], progress: TrainingProgress) -> None:
    """Write all variables and the progress; the old file stays until the new one is whole."""
    arrays = {f"v{i}": keras.ops.convert_to_numpy(v.value) for i, v in enumerate(variables)}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    with unfinished.open("wb") as file:
        cast("Any", np.savez)(file, progress=np.array(json.dumps(asdict(progress))), **arrays)
    os.replace(unfinished, path)  # noqa: PTH105  # atomic on every platform


def load_checkpoint(path: Path, variables: list[Any]) -> TrainingProgress:
    """Fill the variables from a checkpoint.

    Raises:
        CheckpointError: the file is damaged, or its variables are others.
    """
    try:
        # Opened here: of a damaged file NumPy leaves its own open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = [archive[f"v{i}"] for i in range(len(archive.files) - 1)]
            progress = TrainingProgress(**json.loads(str(archive["progress"])))
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise CheckpointError(
            f"{path} is no checkpoint: {error}; start anew with --fresh"
        ) from error
    shapes = [tuple(array.shape) for array in arrays]
    if shapes != [tuple(v.shape) for v in variables]:
        raise CheckpointError(f"{path} belongs to another network; start anew with --fresh")
    for array, variable in zip(arrays, variables, strict=True):
        variable.assign(array)
    return progress
