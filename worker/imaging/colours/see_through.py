"""Colours of a picture with alpha: the cloth's own, without the white on which it was laid."""

from typing import Final

import numpy as np

from worker.imaging.cutout import Alpha, straight
from worker.imaging.regions import BACKGROUND, LabelMap, Pixels

# From this opacity on, of 255, a pixel's own colour can be told to two levels.
_TELLING: Final = 64


def without_white(pixels: Pixels, labels: LabelMap, alpha: Alpha) -> tuple[Pixels, LabelMap]:
    """Leave each region the pixels that show it, in their own colours.

    White shows through a mesh and between the threads of lace, and makes grey of black.

    Args:
        pixels: RGB uint8 (H, W, 3), laid on white.
        labels: uint8 (H, W), 0 where there is no region.
        alpha: uint8 (H, W), 255 = opaque.

    Returns:
        Colours, and labels without what is too clear to tell; both as they were where a region
        would lose all of its pixels.
    """
    told = np.where(alpha < _TELLING, np.uint8(BACKGROUND), labels)
    if set(np.unique(labels)) - {BACKGROUND} != set(np.unique(told)) - {BACKGROUND}:
        return pixels, labels
    return straight(pixels, alpha), told
