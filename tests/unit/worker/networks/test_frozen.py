"""Frozen networks: the same answers as live ones, and none of their layers."""

import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest

from worker.networks.compiled import Compiled
from worker.networks.frozen import freeze, kept, thaw
from worker.networks.kept_files import KeptFiles
from worker.networks.openvino import model

SIZE_HW = (4, 6)

both_runtimes = pytest.mark.usefixtures("runtime")


@pytest.fixture(params=["OpenVINO", "TensorFlow"])
def runtime(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run frozen graphs as workers on processors do, and as those on GPUs do."""
    if request.param == "TensorFlow":
        monkeypatch.setattr(model, "available", lambda: False)


@pytest.fixture
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    photo = keras.Input((*SIZE_HW, 3))
    return keras.Model(photo, keras.layers.Conv2D(2, 3, padding="same")(photo))


def canvases(count: int = 2) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, *SIZE_HW, 3)).astype(np.uint8)


def tensor_of(network: keras.Model) -> Compiled[Any]:
    return Compiled(lambda c: network(keras.ops.cast(c, "float32")), SIZE_HW)


def frozen(live: Compiled[Any], network: keras.Model) -> Compiled[Any]:
    return thaw(kept(freeze(live, network)), "float32")


@both_runtimes
def test_a_tensor_comes_out_as_before(network: keras.Model) -> None:
    live = tensor_of(network)
    thawed = frozen(live, network)
    assert thawed.size_hw == SIZE_HW
    assert thawed.rows == ()
    np.testing.assert_allclose(thawed(canvases()), live(canvases()), rtol=1e-4, atol=1e-4)


@both_runtimes
def test_a_dictionary_and_rows_come_out_as_before(network: keras.Model) -> None:
    def function(photos: Any, first: Any, second: Any) -> dict[str, Any]:
        found = network(keras.ops.cast(photos, "float32"))
        return {"sum": keras.ops.sum(found, axis=(1, 2, 3)) + first[:, 0], "second": second * 2.0}

    live: Compiled[Any] = Compiled(function, SIZE_HW, (1, 3))
    thawed = frozen(live, network)
    assert thawed.rows == (1, 3)
    rows = np.array([[5.0], [7.0]], np.float32), np.arange(6, dtype=np.float32).reshape(2, 3)
    got, expected = thawed(canvases(), *rows), live(canvases(), *rows)
    assert got.keys() == {"sum", "second"}
    np.testing.assert_allclose(got["sum"], expected["sum"], rtol=1e-4)
    np.testing.assert_array_equal(got["second"], rows[1] * 2)


@both_runtimes
def test_weights_are_those_of_the_moment(network: keras.Model) -> None:
    live = tensor_of(network)
    before = live(canvases())
    thawed = frozen(live, network)
    for variable in network.variables:
        variable.assign(keras.ops.zeros_like(variable))
    assert not live(canvases()).any()
    np.testing.assert_allclose(thawed(canvases()), before, rtol=1e-4, atol=1e-4)


@both_runtimes
def test_what_is_no_canvas_is_refused_as_before(network: keras.Model) -> None:
    thawed = frozen(tensor_of(network), network)
    with pytest.raises(ValueError, match=r"expected uint8 \(B, 4, 6, 3\)"):
        thawed(np.zeros((1, 6, 4, 3), np.uint8))


@both_runtimes
def test_threads_get_the_answers_to_their_own_pictures(network: keras.Model) -> None:
    live, shown = tensor_of(network), canvases(64)
    expected = live(shown)
    thawed = frozen(live, network)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda row: thawed(shown[row : row + 1])[0], range(64)))
    np.testing.assert_allclose(np.stack(got), expected, rtol=1e-4, atol=1e-4)


def test_damage_is_noticed(network: keras.Model) -> None:
    content = kept(freeze(tensor_of(network), network))
    assert model.pack(model.unpack(content)) == content
    with pytest.raises(zipfile.BadZipFile):
        thaw(content[:-100], "float32")


def test_what_was_compiled_is_kept_and_made_again_where_it_is_damaged(
    network: keras.Model, tmp_path: Path
) -> None:
    content, models = kept(freeze(tensor_of(network), network)), KeptFiles(tmp_path, "model")
    first = thaw(content, "float32", models)(canvases())
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    np.testing.assert_array_equal(thaw(content, "float32", models)(canvases()), first)
    path.write_bytes(whole[:-1])
    np.testing.assert_array_equal(thaw(content, "float32", models)(canvases()), first)
    assert len(path.read_bytes()) == len(whole)
    thaw(content, "bfloat16", models)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_kept_graph_runs_without_keras_and_tensorflow(
    network: keras.Model, tmp_path: Path
) -> None:
    live = tensor_of(network)
    (tmp_path / "graph").write_bytes(kept(freeze(live, network)))
    np.save(tmp_path / "canvases.npy", canvases())
    program = """
import sys, numpy
from worker.networks.frozen import thaw
answer = thaw(open("graph", "rb").read(), "float32")(numpy.load("canvases.npy"))
numpy.save("answer.npy", answer)
print(*sorted({"keras", "tensorflow", "torch"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
    np.testing.assert_allclose(
        np.load(tmp_path / "answer.npy"), live(canvases()), rtol=1e-4, atol=1e-4
    )
