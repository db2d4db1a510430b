"""How much of every pixel each part of an outfit takes, as the generator paints it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.canvas import Fit, from_fraction
from worker.imaging.cutout import Box
from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import HAIR, LabelMap

Floats = npt.NDArray[np.float32]

FIRST_GARMENT: Final = HAIR + 1
"""The place of the first garment in ``PARTS``; background, skin and hair come before it."""


@dataclass(frozen=True)
class PartShares:
    """A painting of the parts in the subject's box.

    Attributes:
        shares: uint8 (h, w, 14), each part's share of 255 in the order of ``PARTS``.
        box: the box, in pixels of the photo.
        fit: where the box lies on the canvas, of which ``shares`` is a whole fraction.
    """

    shares: npt.NDArray[np.uint8]
    box: Box
    fit: Fit

    def of(self, name: str) -> Floats:
        """One part's share of each pixel of the painting, float32 (h, w) in 0..1."""
        return (self.shares[..., PARTS.index(name)] / 255).astype(np.float32)

    @cached_property
    def clothes(self) -> Floats:
        """The share of all garments together, float32 (h, w) in 0..1."""
        total = np.sum(self.garments, axis=0, dtype=np.uint16)
        return np.minimum(total.astype(np.float32) / 255, 1)

    @cached_property
    def garments(self) -> Sequence[npt.NDArray[np.uint8]]:
        """The plane of each garment, uint8 (h, w): NumPy adds planes many times as fast as rows."""
        return cast("Sequence[npt.NDArray[np.uint8]]", cv2.split(self.shares)[FIRST_GARMENT:])

    def most(self) -> LabelMap:
        """The part that takes most of each pixel of the box, uint8 of the box's own size."""
        planes = [
            self.at_photo((self.shares[..., i] / 255).astype(np.float32)) for i in range(len(PARTS))
        ]
        return np.argmax(planes, axis=0).astype(np.uint8)

    def at_photo(self, plane: Floats) -> Floats:
        """A plane of the painting, float32 (h, w), at the box's own size, bilinear."""
        stride = self.fit.canvas_hw[0] // plane.shape[0]
        return cast("Floats", from_fraction(plane, self.fit, stride))
