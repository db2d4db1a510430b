"""Telling a broken picture from a machine that is short of memory."""

from typing import Final

import numpy as np

BYTES_A_PIXEL: Final = 12
"""What a decoder may ask for at once: coefficients of a progressive JPEG, 2 bytes for each of three
bands, beside the pixels and a copy of them."""


def require_memory(pixels: int) -> None:
    """Make sure that there is memory for a picture of so many pixels; nothing is kept of it.

    To be asked after a decoder or an encoder gave up: those of OpenCV and of WebP say of a file
    that it is broken where all they lacked was memory, and a picture that is called broken is not
    tried again.

    Raises:
        MemoryError: there is not.
    """
    try:
        np.empty((pixels, BYTES_A_PIXEL), np.uint8)
    except MemoryError:
        needed = f"{pixels * BYTES_A_PIXEL:,} bytes"
        raise MemoryError(f"{needed} for a picture of {pixels:,} pixels cannot be had") from None
