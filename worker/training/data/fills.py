"""Ways to hide what a person's mask leaves out; production greys it, the others are compared."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import Mask, Pixels
from worker.stages.grey_fill import grey_fill

Fill = Callable[[Pixels, Mask], Pixels]
"""RGB uint8 (H, W, 3) and what is visible, bool (H, W), to RGB uint8 (H, W, 3)."""

# Share of the photo's height: blurred so far, nothing behind the person can be recognised.
BLUR: Final = 0.05


def _with(colour: int) -> Fill:
    return lambda pixels, visible: np.where(visible[..., None], pixels, np.uint8(colour))


def _mean(pixels: Pixels, visible: Mask) -> Pixels:
    colour = np.rint(pixels.mean(axis=(0, 1))).astype(np.uint8)
    return np.where(visible[..., None], pixels, colour)


def _blur(pixels: Pixels, visible: Mask) -> Pixels:
    blurred = cv2.GaussianBlur(pixels, (0, 0), pixels.shape[0] * BLUR)
    return np.where(visible[..., None], pixels, blurred).astype(np.uint8)


def _noise(pixels: Pixels, visible: Mask) -> Pixels:
    # From the picture's own first pixels: the same picture always gets the same noise.
    seed = int(pixels[0].astype(np.int64).sum())
    noise: npt.NDArray[np.uint8] = np.random.default_rng(seed).integers(
        0, 256, pixels.shape, np.uint8
    )
    return np.where(visible[..., None], pixels, noise)


FILLS: Final[dict[str, Fill]] = {
    "grey": grey_fill,
    "black": _with(0),
    "white": _with(255),
    "mean": _mean,
    "blur": _blur,
    "noise": _noise,
    "none": lambda pixels, _: pixels,
}
"""By name; ``mean`` is the photo's own mean colour, ``none`` leaves the photo as it is."""
