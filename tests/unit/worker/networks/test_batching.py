"""How many pictures go together, by the device and the settings."""

import pytest
import tensorflow as tf

from shared.settings import get_settings
from worker.networks import batching
from worker.networks.batching import (
    SIZES,
    Batching,
    batching_of,
    fitting,
    gpu_memory_bytes,
    is_out_of_memory,
)

GIB = 2**30


def test_on_a_cpu_pictures_go_one_by_one_unless_a_number_is_set() -> None:
    assert gpu_memory_bytes() is None
    assert batching_of(get_settings()) == Batching(limit=1, wait_s=0.002, padded=False)
    given = get_settings(batch=8, batch_wait_s=0.01)
    assert batching_of(given) == Batching(limit=8, wait_s=0.01, padded=False)


def test_on_a_gpu_its_memory_decides_and_batches_are_padded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "gpu_memory_bytes", lambda: 4 * GIB)
    assert batching_of(get_settings()) == Batching(limit=8, wait_s=0.002, padded=True)
    assert batching_of(get_settings(batch=64)).limit == 64


@pytest.mark.parametrize(
    ("memory", "pictures"),
    [(None, 1), (0, 1), (GIB, 2), (4 * GIB, 8), (8 * GIB, 16), (80 * GIB, 16)],
)
def test_a_batch_fits_into_memory(memory: int | None, pictures: int) -> None:
    assert fitting(memory) == pictures


def test_a_batch_is_padded_to_a_few_sizes_and_by_less_than_half() -> None:
    padding = Batching(limit=64, padded=True)
    padded = [padding.padded_size(pictures) for pictures in range(1, 65)]
    assert set(padded) == set(SIZES)
    assert padded[:9] == [1, 2, 3, 4, 6, 6, 8, 8, 12]
    assert max(size / pictures for pictures, size in enumerate(padded, 1)) < 1.5
    assert [Batching(limit=64).padded_size(pictures) for pictures in (1, 5, 33)] == [1, 5, 33]


class OutOfMemoryError(RuntimeError):
    """As PyTorch names it."""


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"), True),
        (MemoryError(), True),
        (OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate"), True),
        (tf.errors.InvalidArgumentError(None, None, "Incompatible shapes"), False),
        (ValueError("out of range"), False),
    ],
)
def test_every_frameworks_word_for_want_of_memory(error: Exception, is_it: bool) -> None:
    assert is_out_of_memory(error) is is_it
