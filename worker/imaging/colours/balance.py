"""White balance: what the light was, judged by the picture, and the picture without it.

Two ways, neither of which is right for every shop. ``backdrop`` takes a plain, light, nearly
neutral backdrop for white or grey paper, and does nothing where there is none. ``grey-world`` takes
the whole picture to be grey on average (Buchsbaum, "A spatial processor model for object colour
perception", Journal of the Franklin Institute 310, 1980), which one large coloured garment refutes.
"""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import linear_to_rgb, rgb_to_lab, rgb_to_linear
from shared.contracts.results import WhiteBalance
from worker.imaging.regions import BACKGROUND, LabelMap, Pixels

Gains = npt.NDArray[np.float64]

# So many pixels speak for the picture.
_SAMPLED: Final = 20_000
# A plain backdrop: so much of the background lies within so many ΔE (CIE 1976, in a and b alone) of
# its median, which is at least so light and no further from grey than a lamp makes paper.
_PLAIN: Final = 0.8
_ALIKE: Final = 4.0
_LIGHT: Final = 60.0
_NEAR_GREY: Final = 22.0
# No light of a studio or a window asks for more than this.
_MOST_GAIN: Final = 1.6
_LUMINANCE: Final = np.array([0.2126, 0.7152, 0.0722])
_BYTES: Final = np.arange(256, dtype=np.uint8)[:, None]


def balanced(pixels: Pixels, labels: LabelMap, way: WhiteBalance) -> Pixels:
    """Take the light's colour out of a picture; its luminance stays.

    Args:
        pixels: RGB uint8 (H, W, 3).
        labels: uint8 (H, W), 0 where the backdrop is.
        way: how the light is judged; ``off`` gives the picture back.

    Returns:
        RGB uint8 (H, W, 3); the picture itself where nothing is to be done.
    """
    gains = light_gains(pixels, labels, way)
    if gains is None:
        return pixels
    table = linear_to_rgb(rgb_to_linear(_BYTES) * gains)
    return cast("Pixels", cv2.LUT(pixels, table[:, None, :]))


def light_gains(pixels: Pixels, labels: LabelMap, way: WhiteBalance) -> Gains | None:
    """Factors (3,) on linear red, green and blue that make the light neutral; None: leave it."""
    if way == "off":
        return None
    seen = pixels[labels == BACKGROUND] if way == "backdrop" else pixels.reshape(-1, 3)
    seen = seen[:: max(1, len(seen) // _SAMPLED)]
    if not len(seen):
        return None
    linear = rgb_to_linear(seen).astype(np.float64)
    if way == "backdrop":
        lab = rgb_to_lab(np.ascontiguousarray(seen))
        middle = np.median(lab, axis=0)
        alike = np.hypot(*(lab[:, 1:] - middle[1:]).T) < _ALIKE
        if alike.mean() < _PLAIN or middle[0] < _LIGHT or np.hypot(*middle[1:]) > _NEAR_GREY:
            return None
        light = np.median(linear[alike], axis=0)
    else:
        light = linear.mean(axis=0)
    light = np.maximum(light, 1e-4)
    gains = float(light @ _LUMINANCE) / light
    return gains if gains.max() <= _MOST_GAIN else None
