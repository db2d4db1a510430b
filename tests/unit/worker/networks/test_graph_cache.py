"""Kept graphs: found again, never a wrong one, and no loss where they cannot be kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import worker
from shared.errors import WeightsError
from worker.networks import graph_cache
from worker.networks.code_version import code_version
from worker.networks.compiled import Compiled
from worker.networks.graph_cache import GraphCache
from worker.networks.kept_files import KEPT
from worker.networks.openvino import model
from worker.networks.openvino.quantise import quantise
from worker.networks.weights.manifest import WeightsFile, sha256_of
from worker.networks.weights.network_file import save_weights

SIZE_HW = (4, 4)
CANVASES = np.full((1, *SIZE_HW, 3), 3, np.uint8)


class Builder:
    """Builds a network of one convolution, and counts how often."""

    def __init__(self) -> None:
        self.built = 0
        self.dtype = ""

    def __call__(self) -> keras.Model:
        self.built += 1
        photo = keras.Input((*SIZE_HW, 3))
        layer = keras.layers.Conv2D(1, 1, name="conv")
        network = keras.Model(photo, layer(photo), name="tiny")
        self.dtype = str(layer.compute_dtype)
        return network


def compiled(network: keras.Model) -> Compiled[Any]:
    return Compiled(lambda c: network(keras.ops.cast(c, "float32")), SIZE_HW)


def weights(folder: Path, value: float) -> WeightsFile:
    """Write weights that all have one value."""
    network = Builder()()
    for variable in network.variables:
        variable.assign(keras.ops.full(variable.shape, value))
    path = folder / f"weights{value}.npz"
    return WeightsFile(folder, "tiny", path.name, save_weights(network, path), {})


@pytest.fixture
def entry(tmp_path: Path) -> WeightsFile:
    return weights(tmp_path, 0.5)


def load(folder: Path, entry: WeightsFile, precision: Any = "float32") -> tuple[Builder, float]:
    """Load a network; what built it, and what it says of ``CANVASES``."""
    builder = Builder()
    network = GraphCache(folder, precision).load(entry, builder, compiled)
    return builder, float(network(CANVASES)[0, 0, 0, 0])


def test_layers_are_built_the_first_time_only(tmp_path: Path, entry: WeightsFile) -> None:
    folder = tmp_path / "new" / "cache"
    first, said = load(folder, entry)
    again, says = load(folder, entry)
    assert (first.built, again.built) == (1, 0)
    assert said == says == 0.5 + 3 * 3 * 0.5
    assert folder.stat().st_mode & 0o777 == 0o700


def test_other_weights_are_another_graph(tmp_path: Path, entry: WeightsFile) -> None:
    load(tmp_path / "cache", entry)
    builder, said = load(tmp_path / "cache", weights(tmp_path, 2.0))
    assert builder.built == 1
    assert said == 2.0 + 3 * 3 * 2.0


def test_openvino_computes_the_same_graph_in_another_precision(
    tmp_path: Path, entry: WeightsFile
) -> None:
    load(tmp_path / "cache", entry)
    assert load(tmp_path / "cache", entry, "bfloat16")[0].built == 0


def test_tensorflow_needs_another_graph(
    tmp_path: Path, entry: WeightsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "available", lambda: False)
    load(tmp_path / "cache", entry)
    builder, said = load(tmp_path / "cache", entry, "bfloat16")
    assert (builder.built, builder.dtype, said) == (1, "bfloat16", 5.0)
    assert keras.mixed_precision.dtype_policy().name == "float32"


def quantised(entry: WeightsFile, cache: Path, made_from: str | None = None) -> WeightsFile:
    """The same network in int8, beside its weights."""
    graph = GraphCache(cache, "float32").graph(entry, Builder(), compiled)
    shown = np.random.default_rng(0).integers(0, 4, (20, 1, *SIZE_HW, 3)).astype(np.uint8)
    path = entry.folder / "tiny.int8.zip"
    path.write_bytes(model.pack(quantise(model.unpack(graph), [[each] for each in shown])))
    int8 = {"file": path.name, "sha256": sha256_of(path), "made_from": made_from or entry.sha256}
    return replace(entry, facts={"int8": int8})


def test_a_quantised_network_needs_no_layers_and_is_nearly_right(
    tmp_path: Path, entry: WeightsFile
) -> None:
    builder, said = load(tmp_path / "none", quantised(entry, tmp_path / "cache"), "int8")
    assert (builder.built, list((tmp_path / "none").glob("*.graph"))) == (0, [])
    assert said == pytest.approx(5.0, abs=0.1)


def test_what_was_not_quantised_is_refused_in_int8(tmp_path: Path, entry: WeightsFile) -> None:
    of_others = quantised(entry, tmp_path / "cache", made_from="0" * 64)
    for each in (entry, of_others):
        with pytest.raises(WeightsError, match="has no int8 form; set COLOURWAY_PRECISION"):
            load(tmp_path / "cache", each, "int8")


def test_a_damaged_quantised_file_is_refused(tmp_path: Path, entry: WeightsFile) -> None:
    entry = quantised(entry, tmp_path / "cache")
    (tmp_path / "tiny.int8.zip").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="its manifest says"):
        load(tmp_path / "cache", entry, "int8")


def test_int8_needs_openvino(
    tmp_path: Path, entry: WeightsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = quantised(entry, tmp_path / "cache")
    monkeypatch.setattr(model, "available", lambda: False)
    with pytest.raises(WeightsError, match="int8 needs OpenVINO"):
        load(tmp_path / "cache", entry, "int8")


def test_other_code_is_another_graph(
    tmp_path: Path, entry: WeightsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path / "cache", entry)
    monkeypatch.setattr(graph_cache, "code_version", lambda: "later")
    assert load(tmp_path / "cache", entry)[0].built == 1


def test_the_version_of_the_code_is_that_of_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "networks" / "deep").mkdir(parents=True)
    (tmp_path / "networks" / "deep" / "layer.py").write_text("a = 1\n")
    monkeypatch.setattr(worker, "__file__", str(tmp_path / "__init__.py"))
    before = code_version()
    assert code_version() == before
    (tmp_path / "networks" / "deep" / "layer.py").write_text("a = 2\n")
    assert code_version() != before


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_a_damaged_file_is_made_again(
    tmp_path: Path, entry: WeightsFile, damage: bytes | None
) -> None:
    _, said = load(tmp_path, entry)
    (path,) = tmp_path.glob("*.graph")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    builder, says = load(tmp_path, entry)
    assert (builder.built, says) == (1, said)
    assert load(tmp_path, entry)[0].built == 0


def test_damaged_weights_are_refused_though_their_graph_is_known(
    tmp_path: Path, entry: WeightsFile
) -> None:
    load(tmp_path, entry)
    entry.path.write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="its manifest says"):
        load(tmp_path, entry)


def test_weights_of_another_network_are_refused_and_not_kept(
    tmp_path: Path, entry: WeightsFile
) -> None:
    np.savez(entry.path, other=np.zeros(1, np.float16))
    with pytest.raises(WeightsError, match="does not belong to tiny"):
        load(tmp_path / "cache", replace(entry, sha256=sha256_of(entry.path)))
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_cannot_be_written_costs_time_alone(
    tmp_path: Path, entry: WeightsFile
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert [load(file / "cache", entry)[0].built for _ in range(2)] == [1, 1]


def test_the_oldest_graphs_of_a_network_go(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    for value in range(KEPT + 2):
        load(folder, weights(tmp_path, float(value)))
    assert len(list(folder.glob("*.graph"))) == KEPT
    assert load(folder, weights(tmp_path, KEPT + 1.0))[0].built == 0
    assert load(folder, weights(tmp_path, 0.0))[0].built == 1
