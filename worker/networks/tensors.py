"""Keras' operations, typed as what they are: tensors of whichever backend runs.

Type checkers infer ``None`` for many functions of ``keras.ops``, since each has a branch for
symbolic tensors; here they are ``Any``, and shapes and dtypes stand in our docstrings instead.
"""

from typing import Any, Final


class _Operations:
    """Imports Keras when the first operation is asked for; NumPy suffices for frozen networks."""

    def __getattr__(self, name: str) -> Any:
        import keras  # noqa: PLC0415

        operation = getattr(keras.ops, name)
        setattr(self, name, operation)
        return operation


ops: Final[Any] = _Operations()
"""``keras.ops``."""
