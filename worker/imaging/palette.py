"""The palette: the four colours that the generator paints with, and how they are read back.

Background is black, the three regions are the primaries. Black mixed with a primary keeps the
primary's hue, and two primaries mix to a hue between them, so a mixed pixel never looks like a
third region; the hues stand as far apart as three hues can (120 degrees, 60 in OpenCV's units).
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import LabelMap, Pixels

PALETTE_VERSION: Final = "rgbk-1"
# In the order of the region labels: background, skin, hair, clothes.
PALETTE: Final = ((0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255))


@dataclass(frozen=True)
class HsvRange:
    """Inclusive bounds in OpenCV's units: hue 0..179, saturation and value 0..255."""

    low: tuple[int, int, int]
    high: tuple[int, int, int]


# A pixel in none of these goes to the nearest paint and counts against confidence.
THRESHOLDS: Final[tuple[tuple[HsvRange, ...], ...]] = (
    (HsvRange((0, 0, 0), (179, 255, 112)),),
    (HsvRange((0, 96, 113), (26, 255, 255)), HsvRange((154, 96, 113), (179, 255, 255))),
    (HsvRange((34, 96, 113), (86, 255, 255)),),
    (HsvRange((94, 96, 113), (146, 255, 255)),),
)
UNDECIDED: Final = 255


def paint_labels(labels: LabelMap) -> Pixels:
    """Paint a label map: uint8 (H, W) to RGB uint8 (H, W, 3)."""
    return np.asarray(PALETTE, np.uint8)[labels]


def threshold(painting: Pixels) -> LabelMap:
    """Read regions off a painting by HSV ranges alone.

    Args:
        painting: RGB uint8 (H, W, 3).

    Returns:
        uint8 (H, W): a region label, or ``UNDECIDED`` where no range holds the pixel.
    """
    hsv = cv2.cvtColor(painting, cv2.COLOR_RGB2HSV)
    labels = np.full(painting.shape[:2], UNDECIDED, np.uint8)
    for label, ranges in enumerate(THRESHOLDS):
        for hsv_range in ranges:
            labels[cv2.inRange(hsv, hsv_range.low, hsv_range.high) > 0] = label
    return labels


def nearest(painting: Pixels) -> LabelMap:
    """The label of the nearest paint, by Euclidean distance in RGB; uint8 (H, W)."""
    # With black and the primaries, |p - 255·e_c|² - |p|² = 255·(255 - 2·p_c): so a primary wins
    # over black where its channel is above 127.5, and over other primaries where it is larger.
    red, green, blue = cv2.split(painting)
    brightest = cv2.max(cv2.max(red, green), blue)
    labels = np.where(green == brightest, np.uint8(2), np.uint8(3))
    labels[red == brightest] = 1
    labels[brightest <= 127] = 0
    return labels


def margin(painting: Pixels) -> npt.NDArray[np.float32]:
    """How clearly each pixel belongs to its nearest paint.

    Returns:
        float32 (H, W): 1 on a paint itself, 0 half-way between two of them.
    """
    red, green, blue = cv2.split(painting)
    brightest = cv2.max(cv2.max(red, green), blue)
    # The middle one of three: the larger of the smaller of two and the smaller of the rest.
    second = cv2.max(cv2.min(red, green), cv2.min(cv2.max(red, green), blue))
    first = brightest.astype(np.float32) / np.float32(255)
    lead = cv2.subtract(brightest, second).astype(np.float32) / np.float32(255)
    lead[first <= 0.5] = 1.0
    return np.abs(np.minimum(2 * first - 1, lead))
