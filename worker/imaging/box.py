"""The subject's box: the part of a photo that the generator sees."""

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from worker.imaging.canvas import Fit, make_fit
from worker.imaging.cutout import Box, tight_box
from worker.imaging.regions import Mask

Value = TypeVar("Value", bound=np.generic)

ROOM: Final = 0.02
"""Share of the box's longer side that is left around the subject."""


def subject_box(visible: Mask) -> Box:
    """The box of a mask, bool (H, W), with a little room; the whole picture where it is empty."""
    return tight_box(visible, ROOM) or (0, 0, *visible.shape)


def fit_box(box: Box, canvas_hw: tuple[int, int]) -> Fit:
    """Place a box on a canvas; the fit's photo is the box."""
    return make_fit((box[2] - box[0], box[3] - box[1]), canvas_hw)


def part(picture: npt.NDArray[Value], box: Box) -> npt.NDArray[Value]:
    """What of a picture, (H, W) or (H, W, C), lies in a box; a view."""
    return picture[box[0] : box[2], box[1] : box[3]]
