"""Frozen networks: the same answers as live ones, and none of their layers."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest

from worker.networks import c_api
from worker.networks.compiled import Compiled
from worker.networks.frozen import freeze, thaw

SIZE_HW = (4, 6)


@pytest.fixture(params=["the C API", "Python"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run frozen graphs as builds without GPUs do, and as those with them do."""
    if request.param == "Python":
        monkeypatch.setattr(c_api, "tensorflow_version", lambda: None)


@pytest.fixture
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    photo = keras.Input((*SIZE_HW, 3))
    return keras.Model(photo, keras.layers.Conv2D(2, 3, padding="same")(photo))


def canvases() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (2, *SIZE_HW, 3)).astype(np.uint8)


def tensor_of(network: keras.Model) -> Compiled[Any]:
    return Compiled(lambda c: network(keras.ops.cast(c, "float32")), SIZE_HW)


def test_a_tensor_comes_out_as_before(network: keras.Model) -> None:
    live = tensor_of(network)
    frozen = thaw(freeze(live, network))
    assert frozen.size_hw == SIZE_HW
    assert frozen.rows == ()
    np.testing.assert_allclose(frozen(canvases()), live(canvases()), rtol=1e-5)


def test_a_dictionary_and_rows_come_out_as_before(network: keras.Model) -> None:
    def function(photos: Any, first: Any, second: Any) -> dict[str, Any]:
        found = network(keras.ops.cast(photos, "float32"))
        return {"sum": keras.ops.sum(found, axis=(1, 2, 3)) + first[:, 0], "second": second}

    live: Compiled[Any] = Compiled(function, SIZE_HW, (1, 3))
    frozen = thaw(freeze(live, network))
    assert frozen.rows == (1, 3)
    rows = np.array([[5.0], [7.0]], np.float32), np.arange(6, dtype=np.float32).reshape(2, 3)
    got, expected = frozen(canvases(), *rows), live(canvases(), *rows)
    assert got.keys() == {"sum", "second"}
    np.testing.assert_allclose(got["sum"], expected["sum"], rtol=1e-5)
    np.testing.assert_array_equal(got["second"], rows[1])


def test_weights_are_those_of_the_moment(network: keras.Model) -> None:
    live = tensor_of(network)
    before = live(canvases())
    frozen = thaw(freeze(live, network))
    for variable in network.variables:
        variable.assign(keras.ops.zeros_like(variable))
    assert not live(canvases()).any()
    np.testing.assert_allclose(frozen(canvases()), before, rtol=1e-5)


def test_what_is_no_canvas_is_refused_as_before(network: keras.Model) -> None:
    frozen = thaw(freeze(tensor_of(network), network))
    with pytest.raises(ValueError, match=r"expected uint8 \(B, 4, 6, 3\)"):
        frozen(np.zeros((1, 6, 4, 3), np.uint8))
