"""Whether a picture is black-and-white: then its colours are none."""

from typing import Final

import cv2
import numpy as np

from worker.imaging.regions import Pixels

# Skin has colour under any light: a person is black-and-white where hardly a pixel has. What tint
# there is comes from the lossy file.
_MOST_TINT: Final = 8
_MOST_TINTED: Final = 0.01
# So many pixels are enough to judge by.
_SAMPLE: Final = 40_000


def is_black_and_white(pixels: Pixels, has_skin: bool) -> bool:
    """Whether a picture shows greys alone.

    A black garment on white has little colour as well, in a photo of any kind: where no skin is to
    be seen, every pixel has to be grey, as in a file that was stored as grey.

    Args:
        pixels: RGB uint8 (H, W, 3), all of the subject and some of what is around it.
        has_skin: whether somebody's skin is part of it.
    """
    step = max(1, round((pixels.shape[0] * pixels.shape[1] / _SAMPLE) ** 0.5))
    if not pixels.size:
        return False
    red, green, blue = cv2.split(np.ascontiguousarray(pixels[::step, ::step]))
    brightest = cv2.max(cv2.max(red, green), blue)
    tint = cv2.subtract(brightest, cv2.min(cv2.min(red, green), blue))
    if not has_skin:
        return bool(tint.max() == 0)
    return bool(np.count_nonzero(tint > _MOST_TINT) <= _MOST_TINTED * tint.size)
