"""How many pictures go through a network together, on the device that is there."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from shared.settings import Settings
from worker.networks.backend import backend
from worker.networks.gatherer import is_memory_error
from worker.networks.openvino import model as openvino

MOST: Final = 16
"""The most pictures of a batch that ``auto`` takes: twice as many would gain an eighth, where a
batch takes 5 ms and 1 ms a picture, and twice as many pictures would be in memory."""

BYTES_A_PICTURE: Final = 500_000_000
"""Memory of a GPU for one picture of a batch. The networks need about a fifth of it on a CPU
(docs/capacity.md); the rest is for two of them at a time, workspaces and weights."""

SIZES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Sizes to which batches are padded: at most a third is padding, and a network is compiled for few
of them."""

_NO_MEMORY: Final = {"ResourceExhaustedError", "OutOfMemoryError"}


@dataclass(frozen=True)
class Batching:
    """How pictures are gathered.

    Attributes:
        limit: the most pictures of a batch, 1 or more.
        wait_s: how long a batch waits for more.
        padded: whether batches are padded to one of ``SIZES``: where each size is compiled, or its
            algorithms chosen, anew.
    """

    limit: int = 1
    wait_s: float = 0.0
    padded: bool = False

    def padded_size(self, pictures: int) -> int:
        """How many pictures a batch of so many, 1 to 64, is padded to."""
        return SIZES[bisect_left(SIZES, pictures)] if self.padded else pictures


def batching_of(settings: Settings) -> Batching:
    """How pictures are gathered here: one by one on a CPU, unless the settings say otherwise."""
    memory = gpu_memory_bytes()
    limit = fitting(memory) if settings.batch == "auto" else settings.batch
    compiled_by_size = memory is not None or backend() != "tensorflow"
    return Batching(limit, settings.batch_wait_s, compiled_by_size)


def fitting(memory_bytes: int | None) -> int:
    """The most pictures of a batch for a GPU with so much memory; 1 without a GPU."""
    return 1 if memory_bytes is None else max(1, min(MOST, memory_bytes // BYTES_A_PICTURE))


def gpu_memory_bytes() -> int | None:
    """How much memory TensorFlow may take of the first GPU; None where it has none."""
    if backend() != "tensorflow" or openvino.available():  # which runs networks on processors
        return None
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    if not tf.config.list_physical_devices("GPU"):
        return None
    from tensorflow.python.client import device_lib  # noqa: PLC0415  # nothing public says it

    limits = [d.memory_limit for d in device_lib.list_local_devices() if d.device_type == "GPU"]
    return int(limits[0]) if limits else None


def is_out_of_memory(error: Exception) -> bool:
    """Whether a network found no memory, in TensorFlow's words, JAX's, PyTorch's or Python's."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return is_memory_error(error) or bool(names & _NO_MEMORY) or "RESOURCE_EXHAUSTED" in str(error)
