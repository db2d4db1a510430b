"""What networks compute in.

``int8`` is for networks that were quantised beforehand; what it leaves out is in float32.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Literal

from shared.contracts.results import Precision

Trained = Literal["float32", "bfloat16"]
"""What layers compute in, also while they learn."""

POLICIES: Final[dict[Trained, str]] = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""Keras' name for each; weights stay in float32 either way."""


def layers_in(precision: Precision) -> Trained:
    """What to build layers in, for networks that are not run quantised."""
    return "bfloat16" if precision == "bfloat16" else "float32"


@contextmanager
def computing_in(precision: Trained) -> Generator[None]:
    """Networks that are built meanwhile compute in this precision."""
    import keras  # noqa: PLC0415  # to name a precision needs no framework

    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(POLICIES[precision])
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)
