"""How long many short vectors are: distances between colours, in Delta E (1976)."""

from typing import cast

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def length(vectors: Floats) -> Floats:
    """Return the lengths of vectors, float32 (..., C) to float32 (...).

    The same to the last bit as NumPy's norm over the last axis, in a fraction of its time: that
    one adds a handful of numbers at a time.
    """
    total = vectors[..., 0] * vectors[..., 0]
    for channel in range(1, vectors.shape[-1]):
        total += vectors[..., channel] * vectors[..., channel]
    return cast("Floats", np.sqrt(total))
