"""Averaging a picture down to a smaller size: by halves, and area by area."""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import Pixels

# Pixels for one, from which a picture is halved.
_HALVED: Final = 2


def halved(picture: npt.NDArray[np.generic], size_hw: tuple[int, int]) -> cv2.typing.MatLike:
    """Average a picture, (H, W) or (H, W, C), two by two as often as it stays as large as a size.

    OpenCV averages so many times as fast as over parts of pixels.
    """
    half = cast("cv2.typing.MatLike", picture)
    while min(half.shape[0] / size_hw[0], half.shape[1] / size_hw[1]) >= _HALVED:
        height, width = half.shape[0] // 2, half.shape[1] // 2
        # An odd row or column at the end is left out: with it, it would be no exact halving.
        even = half[: 2 * height, : 2 * width]
        half = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    return half


def averaged(pixels: Pixels, size_hw: tuple[int, int]) -> Pixels:
    """Average a picture down to a size, to the bytes that OpenCV's INTER_AREA gives.

    Where a pixel is no whole number of pixels of the picture, OpenCV adds bytes one by one, but
    numbers of 32 bits several at a time: they are worth the detour.

    Args:
        pixels: RGB uint8 (H, W, 3).
        size_hw: no larger than the picture's.
    """
    exact = pixels.shape[0] % size_hw[0] == 0 and pixels.shape[1] % size_hw[1] == 0
    wide: npt.NDArray[np.generic] = pixels if exact else pixels.astype(np.float32)
    small = cv2.resize(wide, size_hw[::-1], interpolation=cv2.INTER_AREA)
    return cast("Pixels", small if exact else cv2.convertScaleAbs(small))
