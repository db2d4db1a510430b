"""A network ready for use: one compiled graph of a fixed canvas, safe to call from threads."""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

import keras
import numpy as np
import numpy.typing as npt

from worker.networks.tensors import ops

Output = TypeVar("Output")


class Compiled(Generic[Output]):
    """Runs ``function`` on canvases of one size.

    Args:
        function: float32 (B, H, W, 3) in -1..1 to a tensor or a dictionary of tensors.
        size_hw: the canvas.
    """

    def __init__(self, function: Callable[[Any], Any], size_hw: tuple[int, int]) -> None:
        self.size_hw = size_hw
        self._run = _graph(function, size_hw)
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Trace and compile now, so that the first picture is as quick as any other."""
        self(np.zeros((1, *self.size_hw, 3), np.uint8))

    def __call__(self, canvases: npt.NDArray[np.uint8]) -> Output:
        """Run on canvases, RGB uint8 (B, H, W, 3); gives NumPy arrays.

        Raises:
            ValueError: another dtype or shape.
        """
        expected = (*self.size_hw, 3)
        if canvases.dtype != np.uint8 or canvases.ndim != 4 or canvases.shape[1:] != expected:
            raise ValueError(
                f"expected uint8 (B, {', '.join(map(str, expected))}), "
                f"got {canvases.dtype} {canvases.shape}"
            )
        # The graph already uses every core, so calls side by side would only compete.
        with self._lock:
            result = self._run(canvases)
        return cast("Output", keras.tree.map_structure(ops.convert_to_numpy, result))


def _graph(function: Callable[[Any], Any], size_hw: tuple[int, int]) -> Callable[[Any], Any]:
    def from_bytes(canvases: Any) -> Any:
        return function(ops.cast(canvases, "float32") / 127.5 - 1.0)

    if keras.backend.backend() != "tensorflow":
        return from_bytes
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    signature = tf.TensorSpec((None, *size_hw, 3), tf.uint8)
    return tf.function(from_bytes, input_signature=[signature], autograph=False)
