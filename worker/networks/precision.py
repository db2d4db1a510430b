"""What networks compute in.

``int8`` is for networks that were quantised beforehand; what it leaves out is in float32. Networks
bear less precision each in its own way: in ``bfloat16`` the person network stays in float32, since
its boxes would be as coarse as a hundredth of the canvas; in ``mixed`` it alone is in int8, since
its weights of seven bits are right on every processor.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Literal

from shared.contracts.results import Precision

NetworkPrecision = Literal["float32", "bfloat16", "int8"]
"""What one network computes in."""

Trained = Literal["float32", "bfloat16"]
"""What layers compute in, also while they learn."""

POLICIES: Final[dict[Trained, str]] = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""Keras' name for each; weights stay in float32 either way."""


def of_person_network(precision: Precision) -> NetworkPrecision:
    """What the person network computes in where both are to."""
    return "int8" if precision in ("int8", "mixed") else "float32"


def of_generator(precision: Precision) -> NetworkPrecision:
    """What the generator computes in where both are to."""
    return "float32" if precision == "mixed" else precision


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
