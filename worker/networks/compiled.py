"""A network ready for use: one compiled graph of a fixed canvas, safe to call from threads."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

from shared.metrics.counting import network_ran
from worker.networks.backend import backend
from worker.networks.batching import Batching, is_out_of_memory
from worker.networks.gatherer import Gatherer
from worker.networks.tensors import ops

Output = TypeVar("Output")
Inputs = tuple[npt.NDArray[Any], ...]
"""Canvases, and the rows that go with them."""


class Compiled(Generic[Output]):
    """Runs ``function`` on canvases of one size.

    Args:
        function: uint8 (B, H, W, channels), and float32 (B, n) for each of ``rows``, to a tensor
            or a dictionary of tensors.
        size_hw: the canvas.
        rows: lengths of the rows of numbers that go with each canvas.
        channels: of the canvas; pictures have three.
        ready: the function takes and gives NumPy arrays, needs no compiling, and may be called by
            several threads at a time.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        size_hw: tuple[int, int],
        rows: tuple[int, ...] = (),
        *,
        channels: int = 3,
        ready: bool = False,
    ) -> None:
        self.function = function
        self.size_hw = size_hw
        self.rows = rows
        self.channels = channels
        self._ready = ready
        self._run = function if ready else self._graph()
        self._lock = threading.Lock()
        self._batching = Batching()
        self._name: str | None = None
        self._gatherer: Gatherer[Inputs, Output] | None = None

    def gather(self, batching: Batching, name: str | None = None) -> None:
        """From now on, run single canvases of several threads together, as ``batching`` says.

        With a ``name`` metrics count how many pictures went together.
        """
        self._batching, self._gatherer, self._name = batching, None, name
        if batching.limit > 1:
            self._gatherer = Gatherer(
                self._infer_together, batching.limit, batching.wait_s, is_out_of_memory
            )

    def signature(self) -> list[Any]:
        """TensorFlow's description of the inputs: canvases, then each of the rows."""
        import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

        canvases = tf.TensorSpec((None, *self.size_hw, self.channels), tf.uint8)
        return [canvases, *(tf.TensorSpec((None, length), tf.float32) for length in self.rows)]

    def _graph(self) -> Callable[..., Any]:
        if backend() != "tensorflow":
            return self.function
        import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

        return tf.function(self.function, input_signature=self.signature(), autograph=False)

    def warm_up(self) -> None:
        """Trace and compile now, so that the first picture is as quick as any other."""
        rows = [np.zeros((1, length), np.float32) for length in self.rows]
        self(np.zeros((1, *self.size_hw, self.channels), np.uint8), *rows)

    def __call__(self, canvases: npt.NDArray[np.uint8], *rows: npt.NDArray[np.float32]) -> Output:
        """Run on canvases, uint8 (B, H, W, channels), and their rows; gives NumPy arrays.

        Raises:
            ValueError: another dtype or shape, or no canvas at all.
        """
        _check(canvases, np.uint8, (*self.size_hw, self.channels))
        for row, length in zip(rows, self.rows, strict=True):
            _check(row, np.float32, (length,))
        if self._gatherer is None or len(canvases) > 1:
            self._count(len(canvases))
            return self._infer((canvases, *rows))
        return self._gatherer((canvases, *rows))

    def _infer(self, inputs: Inputs) -> Output:
        if self._ready:
            return cast("Output", self._run(*inputs))
        # The graph already uses every core, so calls side by side would only compete.
        with self._lock:
            result = self._run(*inputs)
        return cast("Output", _each(ops.convert_to_numpy, result))

    def _infer_together(self, calls: Sequence[Inputs]) -> list[Output]:
        """Run calls of one canvas each as a batch; padding repeats the last one."""
        self._count(len(calls))
        padding = self._batching.padded_size(len(calls)) - len(calls)
        padded = [*calls, *[calls[-1]] * padding]
        batch = self._infer(tuple(np.concatenate(arrays) for arrays in zip(*padded, strict=True)))
        return [_only(batch, row) for row in range(len(calls))]

    def _count(self, pictures: int) -> None:
        if self._name is not None:
            network_ran(self._name, pictures)


def _only(batch: Output, row: int) -> Output:
    """Return the answer to one canvas of a batch, as a batch of one."""

    def only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return array[row : row + 1]

    return cast("Output", _each(only, batch))


def _each(function: Callable[[Any], Any], output: Any) -> Any:
    """Call a function on a tensor, or on each of a dictionary of tensors."""
    if isinstance(output, dict):
        return {name: function(each) for name, each in cast("dict[str, Any]", output).items()}
    return function(output)


def _check(array: npt.NDArray[Any], dtype: type, shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape[1:] != shape or array.shape[0] == 0:
        expected = f"{np.dtype(dtype)} (B, {', '.join(map(str, shape))}) with B of 1 or more"
        raise ValueError(f"expected {expected}, got {array.dtype} {array.shape}")
