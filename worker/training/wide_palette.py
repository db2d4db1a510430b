"""Palettes for more classes than the method's four, to measure what more classes cost.

Background is black. The others stand on circles of hues: the first circle pure and bright, the
second darker, the third paler, so that HSV ranges can still tell all of them apart; but the ranges
get narrow, and a mixture of two paints may well look like a third.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.palette import PALETTE, UNDECIDED, nearest, threshold
from worker.imaging.regions import LabelMap, Pixels

HUES: Final = 180  # in OpenCV's units
DARKEST: Final = 80  # value below which a pixel is background
CIRCLES: Final = ((255, 255), (255, 160), (120, 255))  # saturation and value
# Half-way between circles: below this value a pixel is of the darker circle, below this saturation
# of the paler one; the palest pixels are in no range.
DARKER: Final = 207
PALER: Final = 187
PALEST: Final = 50


@dataclass(frozen=True)
class WidePalette:
    """A palette of any number of paints.

    Attributes:
        colours: RGB 0..255, one a class; the first is the background's.
        hues: how many hues a circle has.
    """

    colours: tuple[tuple[int, int, int], ...]
    hues: int

    def threshold(self, painting: Pixels) -> LabelMap:
        """Classes by HSV ranges, uint8 (H, W); ``UNDECIDED`` where no range holds the pixel."""
        if self.colours == PALETTE:
            return threshold(painting)
        hue, saturation, value = (
            plane.astype(np.int32) for plane in cv2.split(cv2.cvtColor(painting, cv2.COLOR_RGB2HSV))
        )
        step = HUES / self.hues
        at = np.rint(hue / step).astype(np.int32) % self.hues
        circles = -(-(len(self.colours) - 1) // self.hues)
        circle = np.zeros_like(at)
        if circles > 1:
            circle[value < DARKER] = 1
        if circles > 2:
            circle[(value >= DARKER) & (saturation < PALER)] = 2
        labels = 1 + circle * self.hues + at
        labels[(labels >= len(self.colours)) | (saturation < PALEST)] = UNDECIDED
        labels[value < DARKEST] = 0
        return labels.astype(np.uint8)

    def nearest(self, painting: Pixels) -> LabelMap:
        """The class of the nearest paint, by Euclidean distance in RGB; uint8 (H, W)."""
        if self.colours == PALETTE:
            return nearest(painting)
        pixels = painting.reshape(-1, 3).astype(np.float32)
        best = np.full(len(pixels), np.inf, np.float32)
        labels = np.zeros(len(pixels), np.uint8)
        for label, colour in enumerate(np.asarray(self.colours, np.float32)):
            distance = np.square(pixels - colour).sum(axis=1)
            labels[distance < best] = label
            best = np.minimum(best, distance)
        return labels.reshape(painting.shape[:2])

    def paint(self, labels: npt.NDArray[np.uint8]) -> Pixels:
        """Paint a label map: uint8 (H, W) to RGB uint8 (H, W, 3)."""
        return np.asarray(self.colours, np.uint8)[labels]


def palette_of(classes: int) -> WidePalette:
    """A palette for 4 classes, the method's own, or for more, up to three circles of hues."""
    if classes == len(PALETTE):
        return WidePalette(PALETTE, 3)
    circles = 2 if classes <= 30 else 3
    hues = -(-(classes - 1) // circles)
    hsv = np.array(
        [
            (round(HUES / hues * (index % hues)), *CIRCLES[index // hues])
            for index in range(classes - 1)
        ],
        np.uint8,
    )
    rgb = cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0].tolist()
    return WidePalette(((0, 0, 0), *((r, g, b) for r, g, b in rgb)), hues)
