"""The working size: the most that everything between decoding and cutting sees of a photo."""

from typing import Any, Final, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.averaging import halved
from worker.imaging.regions import Pixels

Value = TypeVar("Value", bound=np.generic)
SizeHw = tuple[int, int]
Box = tuple[int, int, int, int]

WORKING_SIDE: Final = 1024
"""The longer side of a working picture, in pixels, at most.

No network sees more (the released COCO one this much, the bundled ones three quarters of it and
less), and colours are read from 40,000 pixels. It is no setting, since labels and colours depend on
it a little: two workers that differed in it would answer differently.
"""


def working_hw(size_hw: SizeHw) -> SizeHw:
    """The working size of a photo; its own where that is not larger.

    >>> working_hw((3000, 2000)), working_hw((834, 550))
    ((1024, 683), (834, 550))
    """
    return capped_hw(size_hw, WORKING_SIDE)


def capped_hw(size_hw: SizeHw, side: int) -> SizeHw:
    """The size of a picture whose longer side is made ``side`` pixels, if it has more."""
    return scaled_hw(size_hw, min(1.0, side / max(size_hw)))


def scaled_hw(size_hw: SizeHw, scale: float) -> SizeHw:
    """A size made smaller or larger; no side less than a pixel."""
    return max(1, round(size_hw[0] * scale)), max(1, round(size_hw[1] * scale))


def reduced(picture: npt.NDArray[np.uint8], size_hw: SizeHw) -> Pixels:
    """Average a picture, uint8 (H, W) or (H, W, C), down to a size; itself if it has that size.

    By halves first. Below two pixels for one, the four around each place are an average of all, so
    what is left is bilinear, and so is a size that is larger.
    """
    half = cast("Pixels", halved(picture, size_hw))
    if half.shape[:2] == size_hw:
        return half
    return cast("Pixels", cv2.resize(half, size_hw[::-1], interpolation=cv2.INTER_LINEAR))


def brought_up(plane: npt.NDArray[Value], size_hw: SizeHw) -> npt.NDArray[Value]:
    """A mask, labels or numbers of the working picture, (h, w), at the photo's size: nearest.

    Returns:
        The plane itself if it has that size.
    """
    if plane.shape == size_hw:
        return plane
    is_mask = plane.dtype == np.bool_
    numbers = cast("npt.NDArray[Any]", np.ascontiguousarray(plane))
    large = cv2.resize(
        numbers.view(np.uint8) if is_mask else numbers,
        size_hw[::-1],
        interpolation=cv2.INTER_NEAREST_EXACT,
    )
    return cast("npt.NDArray[Value]", large.view(np.bool_) if is_mask else large)


def box_at(box: Box, size_hw: SizeHw, photo_hw: SizeHw) -> Box:
    """A box of the working picture in pixels of the photo: the smallest that covers it.

    >>> box_at((1, 0, 3, 2), (4, 2), (10, 5))
    (2, 0, 8, 5)
    """
    (height, width), (rows, columns) = size_hw, photo_hw
    top, left, bottom, right = box
    return (
        top * rows // height,
        left * columns // width,
        -(-bottom * rows // height),
        -(-right * columns // width),
    )
