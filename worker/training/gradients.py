"""The two things that Keras leaves to its backend: gradients, and compiling a step."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import keras

Losses = dict[str, Any]


def losses_and_gradients(
    compute: Callable[[], tuple[Losses, Any]], variables: Sequence[Any]
) -> tuple[Losses, Any, list[Any]]:
    """Run ``compute`` and differentiate the sum of its losses.

    Args:
        compute: gives named scalar losses and anything else worth keeping.
        variables: Keras variables to differentiate with respect to.

    Returns:
        The losses, the kept value, and one gradient a variable.

    Raises:
        NotImplementedError: the Keras backend is neither TensorFlow nor PyTorch.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415  # only one backend is installed

        with tf.GradientTape() as tape:
            losses, kept = compute()
            total: Any = sum(losses.values())
        values = [variable.value for variable in variables]
        return losses, kept, cast("list[Any]", tape.gradient(total, values))
    if backend == "torch":
        import torch  # noqa: PLC0415  # pyright: ignore[reportMissingImports]  # as above

        losses, kept = compute()
        values = [variable.value for variable in variables]
        gradients = torch.autograd.grad(sum(losses.values()), values, allow_unused=True)
        filled = [
            torch.zeros_like(v) if g is None else g for g, v in zip(gradients, values, strict=True)
        ]
        return losses, kept, filled
    raise NotImplementedError(f"training on Keras backend {backend!r}; set KERAS_BACKEND")


def compiled(step: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a step to a graph where the backend has graphs."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415  # only one backend is installed

        return tf.function(step, autograph=False)
    return step
