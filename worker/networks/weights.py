"""Weights: one file a network, float16, loaded whole or not at all.

A file is a NumPy archive of arrays named after the network's variables. The manifest beside it
names each file with its sha256, what it was trained on, its metrics and its licence.
"""

import hashlib
import json
import shutil
import zipfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, cast

import keras
import numpy as np

from shared.errors import WeightsError
from worker.networks.tensors import ops

MANIFEST: Final = "manifest.json"
BUNDLED: Final = Path(str(resources.files("worker.networks"))) / "bundled"


@dataclass(frozen=True)
class WeightsFile:
    """One entry of a manifest, with the folder that it lies in."""

    folder: Path
    network: str
    file: str
    sha256: str
    facts: dict[str, Any]

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / self.file


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
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise WeightsError(f"no weights at {path}") from error
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise WeightsError(f"{path} is damaged or no weights file: {error}") from error
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


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path | None = None) -> dict[str, WeightsFile]:
    """Entries of a folder's manifest by network; the bundled folder by default.

    Raises:
        WeightsError: there is no manifest, or it cannot be read.
    """
    folder = folder or BUNDLED
    path = folder / MANIFEST
    try:
        content = cast("dict[str, dict[str, Any]]", json.loads(path.read_text("utf-8")))
        return {
            network: WeightsFile(folder, network, str(entry["file"]), str(entry["sha256"]), entry)
            for network, entry in content.items()
        }
    except FileNotFoundError as error:
        raise WeightsError(f"no weights manifest at {path}; set COLOURWAY_WEIGHTS") from error
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path} is no weights manifest: {error!r}") from error


def read_entry(network: str, folder: Path | None = None) -> WeightsFile:
    """One network's entry.

    Raises:
        WeightsError: the manifest has none.
    """
    entries = read_manifest(folder)
    if network not in entries:
        raise WeightsError(f"the manifest in {folder or BUNDLED} does not name {network}")
    return entries[network]


def write_manifest_entry(folder: Path, network: str, entry: dict[str, Any]) -> None:
    """Add or replace one network's entry."""
    path = folder / MANIFEST
    content = json.loads(path.read_text("utf-8")) if path.exists() else {}
    content[network] = entry
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", "utf-8")


def adopt(run: Path, folder: Path | None = None) -> list[WeightsFile]:
    """Copy a training's weights into a weights folder and name them in its manifest.

    Raises:
        WeightsError: the run has no manifest, or its files are not what it says.
    """
    folder = folder or BUNDLED
    folder.mkdir(parents=True, exist_ok=True)
    adopted: list[WeightsFile] = []
    for network, entry in read_manifest(run).items():
        verify(entry)
        shutil.copyfile(entry.path, folder / entry.file)
        write_manifest_entry(folder, network, entry.facts)
        adopted.append(read_entry(network, folder))
    return adopted


def verify(entry: WeightsFile) -> None:
    """Check that a file is what its manifest says.

    Raises:
        WeightsError: it is missing, or its sha256 differs.
    """
    if not entry.path.is_file():
        raise WeightsError(f"weights of {entry.network} are missing: {entry.path}")
    found = sha256_of(entry.path)
    if found != entry.sha256:
        raise WeightsError(
            f"{entry.path} has sha256 {found}, its manifest says {entry.sha256}: "
            "the file is damaged or another version; restore it"
        )


def load_verified(network: keras.Model, entry: WeightsFile) -> None:
    """Verify a file, then fill a network from it."""
    verify(entry)
    load_weights(network, entry.path)
