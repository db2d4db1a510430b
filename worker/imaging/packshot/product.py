"""What is cut: a product, how large it may be, and the size at which it is looked for."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import Mask

# As shares of the picture.
SMALLEST_PRODUCT: Final = 0.01
LARGEST_PRODUCT: Final = 0.95
# In pixels: smaller pictures are not cut; and the longer side to which larger ones are reduced.
SHORTEST_SIDE: Final = 16
_WORKING_SIDE: Final = 640


@dataclass(frozen=True)
class Packshot:
    """A product: bool (H, W) of the whole picture; how sure its outline is, 0..1."""

    mask: Mask
    certainty: float


def at_working_size(picture: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Reduce a picture, uint8 (H, W) or (H, W, C), to the size at which products are looked for."""
    height, width = picture.shape[:2]
    shrink = max(height, width) / _WORKING_SIDE
    if shrink <= 1:
        return picture
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
