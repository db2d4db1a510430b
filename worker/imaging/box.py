"""The subject's box: the part of a photo that the generator sees."""

from typing import Final

import numpy as np

from worker.imaging.canvas import Fit, make_fit
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import Mask

Box = tuple[int, int, int, int]
"""y1, x1, y2, x2 in pixels, ends exclusive."""

ROOM: Final = 0.02
"""Share of the box's longer side that is left around the subject."""


def subject_box(visible: Mask) -> Box:
    """The box of a mask, bool (H, W), with a little room; the whole picture where it is empty."""
    height, width = visible.shape
    top, left, bottom, right = box_of_mask(visible) or (0, 0, height, width)
    room = round(ROOM * max(bottom - top, right - left))
    return (
        max(0, top - room),
        max(0, left - room),
        min(height, bottom + room),
        min(width, right + room),
    )


def fit_box(box: Box, canvas_hw: tuple[int, int]) -> Fit:
    """Place a box on a canvas; the fit's photo is the box."""
    return make_fit((box[2] - box[0], box[3] - box[1]), canvas_hw)


def part(
    pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", box: Box
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """What of a picture lies in a box; a view."""
    return pixels[box[0] : box[2], box[1] : box[3]]
