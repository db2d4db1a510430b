"""Compiled networks: exact inputs, same answer from many threads."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from worker.networks.compiled import Compiled


def test_bytes_arrive_between_minus_one_and_one() -> None:
    network: Compiled[Any] = Compiled(lambda canvases: canvases[:, 0, 0], (2, 2))
    canvases = np.zeros((1, 2, 2, 3), np.uint8)
    canvases[..., 1] = 255
    assert network(canvases).tolist() == [[-1.0, 1.0, -1.0]]


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [(np.float32, (1, 2, 2, 3)), (np.uint8, (2, 2, 3)), (np.uint8, (1, 2, 4, 3))],
)
def test_other_inputs_are_refused(dtype: type, shape: tuple[int, ...]) -> None:
    network: Compiled[Any] = Compiled(lambda canvases: canvases, (2, 2))
    with pytest.raises(ValueError, match=r"expected uint8 \(B, 2, 2, 3\)"):
        network(np.zeros(shape, dtype))


def test_threads_get_their_own_answers() -> None:
    network: Compiled[Any] = Compiled(lambda canvases: canvases * 2.0, (2, 2))
    inputs = [np.full((1, 2, 2, 3), level, np.uint8) for level in range(0, 250, 10)]
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(network, inputs))
    for given, got in zip(inputs, outputs, strict=True):
        assert np.allclose(got, (given / 127.5 - 1.0) * 2.0, atol=1e-5)
