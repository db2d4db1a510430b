"""Numbered segments of a photo, so that people can say of each what it shows."""

from pathlib import Path
from typing import Final, NamedTuple, Self, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import BACKGROUND, HAIR, LabelMap, Pixels
from worker.training.data.teacher import Taught

Numbers = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]

# Cuts between colours: how much they have to differ, and how smooth the photo is made first.
_SCALE: Final = 250.0
_SIGMA: Final = 0.8
# Shares of what is numbered: what is smaller joins its neighbour, or gets no number.
_WHOLE: Final = 0.012
_SHOWN: Final = 0.004
MOST: Final = 26
"""So many numbers a photo at most: the largest segments."""


class NumberedPhoto(NamedTuple):
    """What the networks see in a photo, in numbered segments.

    Attributes:
        labels: the 14 parts, uint8 (H, W).
        numbers: uint8 (H, W), 1 and up from the top of the photo; 0 has no number.
        shares: uint8 (h, w, 14) at half of the photo's size, each part's share of 255.
    """

    labels: LabelMap
    numbers: Numbers
    shares: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, pixels: Pixels, taught: Taught) -> Self:
        """Cut a photo, RGB uint8 (H, W, 3), where its labels or its colours change.

        Source: Felzenszwalb and Huttenlocher, "Efficient graph-based image segmentation",
        IJCV 2004.
        """
        from skimage.measure import label  # noqa: PLC0415  # needed to label by eye alone
        from skimage.segmentation import felzenszwalb  # noqa: PLC0415

        labels = taught.labels
        seen = (labels != BACKGROUND) & (labels != HAIR)
        area = int(np.count_nonzero(seen))
        least = max(80, int(_WHOLE * area))
        cloths = felzenszwalb(pixels, scale=_SCALE, sigma=_SIGMA, min_size=least)
        both = np.where(seen, cloths.astype(np.int64) * len(PARTS) + labels + 1, 0)
        pieces = cast("Places", label(both, background=0, connectivity=1))
        pieces = joined(pieces, labels, least)
        return cls(labels, numbered(pieces, _SHOWN * area), _halved(taught.shares))

    def save(self, path: Path) -> None:
        """Write a NumPy archive."""
        np.savez_compressed(path, labels=self.labels, numbers=self.numbers, shares=self.shares)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` wrote."""
        with np.load(path) as file:
            return cls(file["labels"], file["numbers"], file["shares"])

    def part_of(self, number: int) -> int:
        """The part, 0..13, that the networks see in a segment."""
        return int(self.labels[self.numbers == number][0])

    def at_photo(self, part: int) -> npt.NDArray[np.uint8]:
        """A part's share of 255 at the photo's size, uint8 (H, W)."""
        plane = np.ascontiguousarray(self.shares[..., part])
        return cv2.resize(plane, self.labels.shape[::-1]).astype(np.uint8)


def _halved(shares: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Shares in 0..1, (H, W, 14), at half of the size in bytes."""
    planes = [
        cv2.resize(plane, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        for plane in np.moveaxis(shares, -1, 0)
    ]
    return np.rint(255 * np.stack(planes, axis=-1)).astype(np.uint8)


def joined(pieces: Places, labels: LabelMap, least: int) -> Places:
    """Join each piece smaller than ``least`` to the neighbour of its own part that it touches most.

    Args:
        pieces: (H, W), 0 where there is none.
        labels: the part of each pixel; a piece has one.
        least: pixels.
    """
    pieces = pieces.copy()
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    for piece in np.argsort(sizes, kind="stable"):
        if not 0 < sizes[piece] < least:
            continue
        own, window = within(pieces == piece)
        ring = around(own) & (pieces[window] > 0)
        near = pieces[window][ring & (labels[window] == labels[window][own][0])]
        if near.size:
            home = int(np.bincount(near).argmax())
            pieces[window][own] = home
            sizes[home] += sizes[piece]
    return pieces


def numbered(pieces: Places, least: float) -> Numbers:
    """Number the largest pieces of ``least`` pixels and more, from the top down."""
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    shown = [int(k) for k in np.argsort(-sizes, kind="stable")[:MOST] if sizes[k] >= max(least, 1)]
    rows = np.arange(pieces.shape[0])[:, None]
    shown.sort(key=lambda piece: float((rows * (pieces == piece)).sum() / sizes[piece]))
    table = np.zeros(len(sizes), np.uint8)
    table[shown] = np.arange(1, len(shown) + 1)
    return table[pieces]


def within(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.bool_], tuple[slice, slice]]:
    """A mask, cut to its box and a margin of two pixels, and where that lies."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    window = (
        slice(max(0, top - 2), top + height + 2),
        slice(max(0, left - 2), left + width + 2),
    )
    return mask[window], window


def around(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The pixels that touch a mask."""
    wider = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return wider & ~mask
