"""Compiled networks: exact inputs, same answer from many threads."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest

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
