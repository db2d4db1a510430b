"""The working size: the most that everything between decoding and cutting sees of a photo."""

from typing import Any, Final, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

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

# Pixels for one, from which a picture is halved.
_HALVED: Final = 2


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

    Halved first: OpenCV averages two by two many times as fast as over parts of pixels. Below two
    pixels for one, the four around each place are an average of all, so what is left is bilinear.
    """
    while min(picture.shape[0] / size_hw[0], picture.shape[1] / size_hw[1]) >= _HALVED:
        height, width = picture.shape[0] // 2, picture.shape[1] // 2
        # An odd row or column at the end is left out: with it, it would be no exact halving.
        even = picture[: 2 * height, : 2 * width]
        picture = cast("Pixels", cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
    if picture.shape[:2] == size_hw:
        return picture
    return cast("Pixels", cv2.resize(picture, size_hw[::-1], interpolation=cv2.INTER_LINEAR))


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
