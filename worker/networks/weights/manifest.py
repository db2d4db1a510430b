"""The manifest of a weights folder: which file each network has, its sha256, and what made it.

Knows nothing of Keras, so that listing and checking weights is quick.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, cast

from shared.errors import WeightsError

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

    @property
    def quantised(self) -> "WeightsFile | None":
        """The same network in int8, if it was made from this very file."""
        facts = self.facts.get("int8")
        if facts is None or facts["made_from"] != self.sha256:
            return None
        return WeightsFile(self.folder, self.network, facts["file"], facts["sha256"], facts)


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
        for file in filter(None, (entry, entry.quantised)):
            verify(file)
            shutil.copyfile(file.path, folder / file.file)
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


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
