"""Weights files: whole or not at all."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from shared.errors import WeightsError
from tests.support.tiny_networks import TINY_GENERATOR
from worker.networks.pix2pix.discriminator import DiscriminatorConfig, build_discriminator
from worker.networks.pix2pix.generator import GeneratorConfig, build_generator
from worker.networks.weights.manifest import (
    MANIFEST,
    adopt,
    read_entry,
    read_manifest,
    verify,
    write_manifest_entry,
)
from worker.networks.weights.network_file import load_weights, save_weights


@pytest.fixture
def saved(tmp_path: Path) -> tuple[keras.Model, Path]:
    network = build_generator(TINY_GENERATOR)
    path = tmp_path / "run" / "pix2pix.npz"
    digest = save_weights(network, path)
    entry = {"file": path.name, "sha256": digest, "licence": "Apache-2.0"}
    write_manifest_entry(path.parent, "pix2pix", entry)
    return network, path


def values(network: keras.Model) -> list[np.ndarray]:
    return [np.asarray(variable.value) for variable in network.variables]


def test_weights_come_back_in_half_precision(saved: tuple[keras.Model, Path]) -> None:
    network, path = saved
    other = build_generator(TINY_GENERATOR)
    for variable in other.variables:
        variable.assign(np.full(variable.shape, 3.0))
    load_weights(other, path)
    for mine, theirs in zip(values(network), values(other), strict=True):
        assert np.array_equal(mine.astype(np.float16), theirs.astype(np.float16))


def test_another_configuration_is_refused_and_nothing_changes(
    saved: tuple[keras.Model, Path],
) -> None:
    other = build_discriminator(DiscriminatorConfig(widths=(4, 8)))
    before = values(other)
    with pytest.raises(WeightsError, match="does not belong to discriminator: block10_depthwise"):
        load_weights(other, saved[1])
    wider = build_generator(GeneratorConfig(garments=0, size_hw=(64, 32), widths=(4, 8, 8, 8, 16)))
    with pytest.raises(WeightsError, match=r"\(1, 1, 320, 8\) instead of \(1, 1, 320, 16\)"):
        load_weights(wider, saved[1])
    assert all(np.array_equal(a, b) for a, b in zip(before, values(other), strict=True))


@pytest.mark.parametrize("keep", [0, 10, 0.5, -1])
def test_a_truncated_file_is_damaged(saved: tuple[keras.Model, Path], keep: float) -> None:
    network, path = saved
    content = path.read_bytes()
    kept = int(len(content) * keep) if isinstance(keep, float) else keep
    path.write_bytes(content[:kept])
    with pytest.raises(WeightsError, match=r"pix2pix\.npz"):
        load_weights(network, path)


def test_verify_tells_another_file(saved: tuple[keras.Model, Path]) -> None:
    entry = read_manifest(saved[1].parent)["pix2pix"]
    verify(entry)
    saved[1].write_bytes(saved[1].read_bytes() + b"x")
    with pytest.raises(WeightsError, match="sha256"):
        verify(entry)
    saved[1].unlink()
    with pytest.raises(WeightsError, match="missing"):
        verify(entry)


def test_adopting_keeps_the_other_networks(saved: tuple[keras.Model, Path], tmp_path: Path) -> None:
    target = tmp_path / "bundle"
    target.mkdir()
    write_manifest_entry(target, "other", {"file": "o.npz", "sha256": "0"})
    adopt(saved[1].parent, target)
    assert set(read_manifest(target)) == {"other", "pix2pix"}
    verify(read_entry("pix2pix", target))


def test_faulty_manifests_are_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no weights manifest"):
        read_manifest(tmp_path)
    for content in ("{", json.dumps({"pix2pix": {}}), "[]"):
        (tmp_path / MANIFEST).write_text(content)
        with pytest.raises(WeightsError, match="is no weights manifest"):
            read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(WeightsError, match="does not name pix2pix"):
        read_entry("pix2pix", tmp_path)
