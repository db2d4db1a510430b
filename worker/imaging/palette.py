"""The palette: the four colours that the generator paints with, and how they are read back.

Background is black, the three regions are the primaries. Black mixed with a primary keeps the
primary's hue, and two primaries mix to a hue between them, so a mixed pixel never looks like a
third region; the hues stand as far apart as three hues can (120 degrees, 60 in OpenCV's units).
"""

from dataclasses import dataclass
from typing import Final, cast

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


def _threshold_tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The thresholds as two tables, so that a painting is read in one pass for all ranges.

    Every range has a bit, so there are at most eight. The first table, (3, 256), says for each
    value of a channel which ranges hold it; the second, (256,), which label a set of bits means.
    """
    ranges = [(label, hsv) for label, several in enumerate(THRESHOLDS) for hsv in several]
    values = np.arange(256)
    holders = np.zeros((3, 256), np.uint8)
    labels = np.full(256, UNDECIDED, np.uint8)
    for index, (label, hsv) in enumerate(ranges):
        bit = np.uint8(1 << index)
        for channel, (low, high) in enumerate(zip(hsv.low, hsv.high, strict=True)):
            holders[channel, (values >= low) & (values <= high)] |= bit
        labels[values & bit > 0] = label
    return holders, labels


_HOLDERS, _LABEL_OF_BITS = _threshold_tables()


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
    planes = cv2.split(cv2.cvtColor(painting, cv2.COLOR_RGB2HSV))
    hue, saturation, value = (
        cv2.LUT(plane, table) for plane, table in zip(planes, _HOLDERS, strict=True)
    )
    bits = cv2.bitwise_and(cv2.bitwise_and(hue, saturation), value)
    return cast("LabelMap", cv2.LUT(bits, _LABEL_OF_BITS))


def nearest(painting: Pixels) -> LabelMap:
    """The label of the nearest paint, by Euclidean distance in RGB; uint8 (H, W)."""
    primary, brightest = _primaries(painting)
    return primary * _ones(brightest > 127)


def nearest_primary(painting: Pixels) -> LabelMap:
    """The label of the nearest paint but the background's; uint8 (H, W)."""
    return _primaries(painting)[0]


def _primaries(painting: Pixels) -> tuple[LabelMap, Pixels]:
    """The nearest primary's label, and the value of its channel; uint8 (H, W) each."""
    # With black and the primaries, |p - 255·e_c|² - |p|² = 255·(255 - 2·p_c): so a primary wins
    # over black where its channel is above 127.5, and over other primaries where it is larger.
    red, green, blue = _channels(painting)
    brightest = np.maximum(np.maximum(red, green), blue)
    # Blue is 3; green takes 1 off that, red 2; background is 0 times any.
    taken = np.maximum(_ones(green == brightest), np.uint8(2) * _ones(red == brightest))
    return np.uint8(3) - taken, brightest


def painted_share(painting: Pixels) -> npt.NDArray[np.uint8]:
    """How much of each pixel is not the background's paint, uint8 (H, W) of 255.

    That paint is black, and the others are a primary each: so it is the sum of the channels.
    """
    red, green, blue = _channels(painting)
    return cast("npt.NDArray[np.uint8]", cv2.add(cv2.add(red, green), blue))


# For a pixel's brightest channel: twice its distance to half-way, where black and a primary part.
_FROM_HALF_WAY: Final = np.abs(2 * np.arange(256) - 255).astype(np.uint8)
_SHARE_OF_BYTE: Final = (np.arange(256) / 255).astype(np.float32)


def margin(painting: Pixels) -> npt.NDArray[np.float32]:
    """How clearly each pixel belongs to its nearest paint.

    A primary's rivals are black, and the primary of the second brightest channel; black's is the
    primary of the brightest.

    Args:
        painting: RGB uint8 (H, W, 3).

    Returns:
        float32 (H, W), in steps of 1/255: 1 on a paint itself, 0 half-way between two of them.
    """
    red, green, blue = _channels(painting)
    brightest = np.maximum(np.maximum(red, green), blue)
    # The middle one of three: the larger of the smaller of two and the smaller of the rest.
    second = np.maximum(np.minimum(red, green), np.minimum(np.maximum(red, green), blue))
    # What is dark enough for black has no lead to lose: 255.
    lead = (brightest - second) | (np.uint8(255) * _ones(brightest <= 127))
    least = np.minimum(cv2.LUT(brightest, _FROM_HALF_WAY), lead)
    return cast("npt.NDArray[np.float32]", cv2.LUT(least, _SHARE_OF_BYTE))


def _channels(painting: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    red, green, blue = cast("tuple[Pixels, Pixels, Pixels]", cv2.split(painting))
    return red, green, blue


def _ones(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """A mask's bytes as numbers, 0 and 1, without a copy."""
    return mask.view(np.uint8)
