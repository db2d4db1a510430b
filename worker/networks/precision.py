"""What networks compute in."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Literal

Precision = Literal["float32", "bfloat16"]

POLICIES: Final[dict[Precision, str]] = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""Keras' name for each; weights stay in float32 either way."""


@contextmanager
def computing_in(precision: Precision) -> Generator[None]:
    """Networks that are built meanwhile compute in this precision."""
    import keras  # noqa: PLC0415  # to name a precision needs no framework

    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(POLICIES[precision])
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)
