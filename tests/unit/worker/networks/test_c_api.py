"""TensorFlow's C API: what its Python says, to the byte, and none of it imported."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from worker.networks.batching import is_out_of_memory
from worker.networks.c_api import CONFIG, FrozenGraph, TensorFlowError, tensorflow_version
from worker.networks.frozen import read_with_python, session_config

DTYPES = [np.float32, np.float64, np.int32, np.uint8, np.int64, np.bool_]


def graph_of(function: Any, *signature: tf.TensorSpec) -> bytes:
    """Freeze a function, whose dictionary gives the outputs' names."""

    def named(*inputs: Any) -> None:
        for name, tensor in function(*inputs).items():
            tf.identity(tensor, name=f"output_{name}")

    traced: Any = tf.function(named, input_signature=signature, autograph=False)
    return traced.get_concrete_function().graph.as_graph_def().SerializeToString()


def doubled() -> bytes:
    return graph_of(lambda row: {"double": row * 2.0}, tf.TensorSpec((None, 3), tf.float32))


def test_its_session_is_set_up_like_that_of_python() -> None:
    assert session_config().SerializeToString() == CONFIG


def test_its_version_is_that_of_the_package() -> None:
    assert tensorflow_version() == tf.__version__


def test_a_convolution_gives_what_python_gives_to_the_byte() -> None:
    random = np.random.default_rng(0)
    kernel = random.normal(size=(3, 3, 3, 8)).astype(np.float32)

    def convolve(canvases: Any, rows: Any) -> dict[str, Any]:
        features = tf.nn.relu(tf.nn.conv2d(tf.cast(canvases, tf.float32), kernel, 1, "SAME"))
        return {"features": features, "mean": tf.reduce_mean(features, (1, 2)) + rows}

    canvas, rows = tf.TensorSpec((None, 32, 24, 3), tf.uint8), tf.TensorSpec((None, 8), tf.float32)
    graph = graph_of(convolve, canvas, rows)
    given = (
        random.integers(0, 256, (2, 32, 24, 3)).astype(np.uint8),
        random.normal(size=(2, 8)).astype(np.float32),
    )
    run, shapes = read_with_python(graph)
    lean, expected = FrozenGraph(graph, "output_"), run(*given)
    got = lean(*given)
    assert lean.input_shapes == list(shapes) == [(-1, 32, 24, 3), (-1, 8)]
    assert got.keys() == expected.keys() == {"features", "mean"}
    for name, array in expected.items():
        assert got[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_of_every_kind_pass_through(dtype: Any) -> None:
    graph = graph_of(lambda row: {"same": row}, tf.TensorSpec((None,), tf.as_dtype(dtype)))
    given = np.array([0, 1, 100, 1], dtype)
    got = FrozenGraph(graph, "output_")(given)["same"]
    assert (got.dtype, got.tolist()) == (given.dtype, given.tolist())


def test_what_lies_apart_in_memory_arrives_in_order() -> None:
    given = np.arange(12, dtype=np.float32).reshape(3, 4).T[::2]
    assert not given.flags.c_contiguous
    assert FrozenGraph(doubled(), "output_")(given)["double"].tolist() == (given * 2).tolist()


def test_bfloat16_comes_as_float32() -> None:
    graph = graph_of(
        lambda row: {"half": tf.cast(row, tf.bfloat16)}, tf.TensorSpec((None,), tf.float32)
    )
    got = FrozenGraph(graph, "output_")(np.array([1.0, -2.5, 1 + 2**-10], np.float32))["half"]
    assert (got.dtype, got.tolist()) == (np.float32, [1.0, -2.5, 1.0])


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(TensorFlowError, match="Invalid GraphDef"):
        FrozenGraph(b"nonsense", "output_")


def test_an_input_of_another_shape_is_refused_and_the_graph_stays_of_use() -> None:
    graph = FrozenGraph(
        graph_of(
            lambda row: {"product": tf.matmul(row, row)}, tf.TensorSpec((None, None), tf.float32)
        ),
        "output_",
    )
    with pytest.raises(TensorFlowError, match="Matrix size-incompatible") as refused:
        graph(np.ones((2, 3), np.float32))
    assert not is_out_of_memory(refused.value)
    assert graph(np.full((1, 1), 3.0, np.float32))["product"].tolist() == [[9.0]]


def test_want_of_memory_is_known_as_such() -> None:
    def fill(size: Any) -> dict[str, Any]:
        return {"filled": tf.fill(tf.concat([size, size], 0), 1.0)}

    graph = FrozenGraph(graph_of(fill, tf.TensorSpec((1,), tf.int32)), "output_")
    with pytest.raises(TensorFlowError, match="RESOURCE_EXHAUSTED: ") as short:
        graph(np.array([2**24], np.int32))  # a thousand terabytes
    assert is_out_of_memory(short.value)


def test_answers_outlive_their_graph() -> None:
    graph = FrozenGraph(doubled(), "output_")
    got = graph(np.ones((1, 3), np.float32))["double"]
    del graph
    gc.collect()
    assert got.tolist() == [[2.0] * 3]


def test_nothing_of_tensorflows_python_is_imported(tmp_path: Path) -> None:
    (tmp_path / "graph").write_bytes(doubled())
    code = """
import json, sys
import numpy as np
from worker.networks.frozen import read
run, shapes = read(open(sys.argv[1], "rb").read())
print(run(np.ones((1, 3), np.float32))["double"].tolist(), shapes)
print(json.dumps(sorted({"tensorflow", "keras"} & set(sys.modules))))
import tensorflow as tf  # and it can be imported later
print(float(tf.constant(2.0) * 2.0))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "graph")],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    answer, imported, later = done.stdout.splitlines()
    assert answer == "[[2.0, 2.0, 2.0]] [(-1, 3)]"
    assert json.loads(imported) == []
    assert later == "4.0"
