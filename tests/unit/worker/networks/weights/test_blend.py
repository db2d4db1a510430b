"""Blending weights: means of what both files have, the rest as trained, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.errors import WeightsError
from worker.networks.weights.blend import blend
from worker.networks.weights.manifest import sha256_of, verify, write_manifest_entry


def weights(path: Path, **arrays: list[float]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, **{name: np.array(value, np.float16) for name, value in arrays.items()})
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = weights(tmp_path / "run" / "painter.npz", kernel=[1.0, 2.0], bias=[4.0], head=[8.0])
    entry: dict[str, Any] = {
        "file": path.name,
        "sha256": sha256_of(path),
        "metrics": {"iou": 0.9},
        "curve": [],
    }
    write_manifest_entry(path.parent, "painter", entry)
    return path.parent


def test_what_both_have_is_averaged_and_the_rest_stays(run: Path, tmp_path: Path) -> None:
    other = weights(tmp_path / "old.npz", kernel=[3.0, 0.0], bias=[0.0], head=[0.0, 0.0])
    entry = blend(run, other, 0.25, tmp_path / "out")
    verify(entry)
    with np.load(entry.path) as arrays:
        assert {name: arrays[name].tolist() for name in arrays.files} == {
            "kernel": [1.5, 1.5],
            "bias": [3.0],
            "head": [8.0],
        }
        assert {arrays[name].dtype for name in arrays.files} == {np.dtype(np.float16)}
    assert entry.facts["blended_with"]["share"] == 0.25
    assert not {"metrics", "curve"} & entry.facts.keys()


def test_another_network_is_refused(run: Path, tmp_path: Path) -> None:
    other = weights(tmp_path / "other.npz", head=[1.0])
    with pytest.raises(WeightsError, match="of another network: 1 of its arrays fit"):
        blend(run, other, 0.5, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_is_refused(run: Path, tmp_path: Path) -> None:
    other = weights(tmp_path / "old.npz", kernel=[3.0, 0.0], bias=[0.0])
    (run / "painter.npz").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="its manifest says"):
        blend(run, other, 0.5, tmp_path / "out")
