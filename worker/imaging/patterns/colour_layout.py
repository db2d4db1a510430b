"""Where each of a piece's colours lies, which is its ground, and which are its print."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.pattern import colours_of
from shared.contracts.results import Shade
from worker.imaging.patterns.cloth_patch import ClothPatch
from worker.imaging.regions import Mask

LEAST_SHARE: Final = 0.04
"""A smaller colour is neither ground nor print."""

_LIGHTNESS: Final = 0.5
"""Lightness counts half when a pixel is given to a colour: folds change it most."""


@dataclass(frozen=True)
class ColourLayout:
    """The colours of a piece and where each lies.

    Attributes:
        colours: the shades of each colour, the largest colour first.
        numbers: int8 (h, w), which colour each pixel is of; -1 outside.
        shares: each colour's part of the pixels, 0..1.
        largest: the largest connected part of each colour, 0..1 of that colour's pixels.
        borders: pairs of neighbouring pixels of different colours, for each pixel of the area.
    """

    colours: tuple[tuple[Shade, ...], ...]
    numbers: npt.NDArray[np.int8]
    shares: tuple[float, ...]
    largest: tuple[float, ...]
    borders: float

    @property
    def ground(self) -> int:
        """The number of the colour that surrounds the others.

        It is the one with the most connected area; where two are about as large, as two stripes
        are, the larger one.
        """
        connected = [share * part for share, part in zip(self.shares, self.largest, strict=True)]
        largest = max(self.shares)
        able = [place for place, share in enumerate(self.shares) if share >= largest / 2]
        return max(able, key=lambda place: (round(connected[place], 2), self.shares[place]))


def layout_of(patch: ClothPatch, shades: Sequence[Shade]) -> ColourLayout:
    """Give each pixel of a piece to the nearest of its colours; there must be a shade."""
    colours = tuple(each for each in colours_of(shades) if _share(each) >= LEAST_SHARE)
    colours = colours or (tuple(shades),)
    owner = np.array([place for place, each in enumerate(colours) for _ in each], np.int8)
    labs = np.array([shade.lab for each in colours for shade in each], np.float32)
    nearest = owner[_nearest(cv2.GaussianBlur(patch.lab, (0, 0), 0.8), labs)]
    numbers = np.where(patch.inside, nearest, np.int8(-1)).astype(np.int8)
    masks = [numbers == place for place in range(len(colours))]
    shares = tuple(float(mask.sum()) / patch.area for mask in masks)
    return ColourLayout(colours, numbers, shares, tuple(map(_largest, masks)), _borders(numbers))


def _share(colour: Sequence[Shade]) -> float:
    return sum(shade.share for shade in colour)


def _nearest(lab: npt.NDArray[np.generic], labs: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    scale = np.array([_LIGHTNESS, 1, 1], np.float32)
    points, centres = cast("npt.NDArray[np.float32]", lab) * scale, labs * scale
    # |p - c|² without |p|², which is the same for all.
    off = (centres**2).sum(axis=1) - 2 * points @ centres.T
    return np.argmin(off, axis=2)


def _largest(mask: Mask) -> float:
    if not mask.any():
        return 0.0
    stats = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)[2]
    return float(stats[1:, cv2.CC_STAT_AREA].max()) / float(mask.sum())


def _borders(numbers: npt.NDArray[np.int8]) -> float:
    pairs = (numbers[1:], numbers[:-1]), (numbers[:, 1:], numbers[:, :-1])
    met = sum(int(np.count_nonzero((a != b) & (a >= 0) & (b >= 0))) for a, b in pairs)
    return met / max(int(np.count_nonzero(numbers >= 0)), 1)
