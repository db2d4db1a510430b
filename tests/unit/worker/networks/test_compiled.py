"""Compiled networks: exact inputs, same answer from many threads."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from worker.networks.batching import Batching
from worker.networks.compiled import Compiled


def test_bytes_arrive_as_they_are_with_their_rows() -> None:
    network: Compiled[Any] = Compiled(
        lambda canvases, row: {"first": canvases[:, 0, 0], "row": row + 1.0}, (2, 2), (3,)
    )
    canvases = np.zeros((2, 2, 2, 3), np.uint8)
    canvases[..., 1] = 255
    found = network(canvases, np.array([[0, 1, 2], [3, 4, 5]], np.float32))
    assert found["first"].tolist() == [[0, 255, 0]] * 2
    assert found["row"].tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        (np.float32, (1, 2, 2, 3)),
        (np.uint8, (2, 2, 3)),
        (np.uint8, (1, 2, 4, 3)),
        (np.uint8, (0, 2, 2, 3)),
    ],
)
def test_other_inputs_are_refused(dtype: type, shape: tuple[int, ...]) -> None:
    network: Compiled[Any] = Compiled(lambda canvases: canvases, (2, 2))
    with pytest.raises(ValueError, match=r"expected uint8 \(B, 2, 2, 3\)"):
        network(np.zeros(shape, dtype))


def test_a_row_of_another_length_is_refused() -> None:
    network: Compiled[Any] = Compiled(lambda canvases, row: row, (2, 2), (3,))
    with pytest.raises(ValueError, match=r"expected float32 \(B, 3\)"):
        network(np.zeros((1, 2, 2, 3), np.uint8), np.zeros((1, 4), np.float32))


def test_threads_get_their_own_answers() -> None:
    network: Compiled[Any] = Compiled(
        lambda canvases: keras.ops.cast(canvases, "float32") * 2.0, (2, 2)
    )
    inputs = [np.full((1, 2, 2, 3), level, np.uint8) for level in range(0, 250, 10)]
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(network, inputs))
    for given, got in zip(inputs, outputs, strict=True):
        assert np.array_equal(got, given * 2.0)


def gathering(batching: Batching) -> Compiled[Any]:
    """A network that tells the level of each canvas, its row, and the size of its batch."""

    def tell(canvases: Any, rows: Any) -> dict[str, Any]:
        levels = keras.ops.cast(canvases[:, 0, 0, 0], "int32")
        size = keras.ops.zeros_like(levels) + keras.ops.shape(canvases)[0]
        return {"level": levels, "row": rows, "size": size}

    network: Compiled[Any] = Compiled(tell, (2, 2), (1,))
    network.warm_up()
    network.gather(batching)
    return network


def call(network: Compiled[Any], level: int) -> Any:
    return network(np.full((1, 2, 2, 3), level, np.uint8), np.full((1, 1), -level, np.float32))


@pytest.mark.parametrize(("padded", "sizes"), [(False, {5}), (True, {6})])
def test_canvases_of_several_threads_go_together(padded: bool, sizes: set[int]) -> None:
    network = gathering(Batching(limit=5, wait_s=20.0, padded=padded))
    held, queued = threading.Event(), threading.Event()
    run = network._run

    def hold(*inputs: Any) -> Any:  # until all the others are there
        held.set()
        assert queued.wait(20)
        return run(*inputs)

    network._run = hold
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(call, network, 9)
        assert held.wait(20)
        others = {level: pool.submit(call, network, level) for level in range(20, 25)}
        while len(network._gatherer._waiting) < 5:  # pyright: ignore[reportOptionalMemberAccess]
            time.sleep(0.001)
        queued.set()
        assert first.result()["size"].tolist() == [1]
        found = {level: answer.result() for level, answer in others.items()}
    for level, answer in found.items():
        assert (answer["level"].tolist(), answer["row"].tolist()) == ([level], [[-level]])
    assert {size for answer in found.values() for size in answer["size"].tolist()} == sizes


def test_want_of_memory_makes_batches_smaller() -> None:
    network = gathering(Batching(limit=4, wait_s=0.05))
    run, sizes = network._run, list[int]()

    def refuse(canvases: Any, rows: Any) -> Any:
        sizes.append(len(canvases))
        if len(canvases) > 1:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return run(canvases, rows)

    network._run = refuse
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda level: call(network, level), range(40)))
    assert [answer["level"].tolist() for answer in answers] == [[level] for level in range(40)]
    assert network._gatherer.limit == 1  # pyright: ignore[reportOptionalMemberAccess]
    assert sum(size > 1 for size in sizes) <= 2


def test_what_comes_as_a_batch_is_left_as_it_is() -> None:
    network = gathering(Batching(limit=2, wait_s=20.0, padded=True))
    answer = network(np.zeros((5, 2, 2, 3), np.uint8), np.zeros((5, 1), np.float32))
    assert answer["size"].tolist() == [5] * 5


def test_another_input_is_refused_before_it_is_gathered() -> None:
    network = gathering(Batching(limit=4))
    with pytest.raises(ValueError, match=r"expected uint8 \(B, 2, 2, 3\)"):
        network(np.zeros((1, 4, 2, 3), np.uint8), np.zeros((1, 1), np.float32))
    assert call(network, 7)["level"].tolist() == [7]


def test_one_by_one_there_is_no_further_thread() -> None:
    network = gathering(Batching())
    assert network._gatherer is None
    before = set(threading.enumerate())
    assert call(network, 7)["level"].tolist() == [7]
    assert set(threading.enumerate()) <= before
