"""A decoded picture: colours as they look on white, and what its file says of opacity."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from worker.imaging.cutout import Alpha
from worker.imaging.working_size import reduced, working_hw
from worker.stages.decoding.orientation import turn

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Decoded:
    """A picture of H by W pixels.

    Attributes:
        pixels: RGB uint8 (H, W, 3) in sRGB; what is transparent is laid on white.
        alpha: uint8 (H, W), 255 = opaque; None where all of it is, or the file says nothing.
        photo_hw: height and width of the picture in the file, upright, where it was decoded at a
            half, a quarter or an eighth of them; None where at its own size.
    """

    pixels: Pixels
    alpha: Alpha | None = None
    photo_hw: tuple[int, int] | None = None

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the picture in the file, upright."""
        return self.photo_hw or (self.pixels.shape[0], self.pixels.shape[1])

    @cached_property
    def working(self) -> Self:
        """The picture at its working size; itself where it is not larger."""
        height, width = self.pixels.shape[:2]
        size_hw = working_hw((height, width))
        if size_hw == (height, width):
            return self
        alpha = None if self.alpha is None else reduced(self.alpha, size_hw)
        return type(self)(reduced(self.pixels, size_hw), alpha, self.size_hw)

    @classmethod
    def on_white(cls, rgb: Pixels, alpha: Alpha) -> Self:
        """Lay a picture on white.

        Args:
            rgb: uint8 (H, W, 3), not premultiplied.
            alpha: uint8 (H, W).

        Returns:
            Colours rounded to the nearest level; ``rgb`` itself when all of it is opaque.
        """
        if alpha.min(initial=255) == 255:
            return cls(rgb)
        cover = alpha[..., None].astype(np.uint16)
        laid = rgb * cover + np.uint16(255) * (255 - cover)
        return cls(((laid + 127) // 255).astype(np.uint8), alpha)

    def turned(self, orientation: int) -> Self:
        """Return it upright and contiguous; the EXIF orientation is 1..8, others count as 1."""
        pixels = np.ascontiguousarray(turn(self.pixels, orientation))
        size_hw = self.photo_hw
        if size_hw is not None and orientation in (5, 6, 7, 8):
            size_hw = (size_hw[1], size_hw[0])
        if self.alpha is None:
            return type(self)(pixels, photo_hw=size_hw)
        return type(self)(pixels, np.ascontiguousarray(turn(self.alpha, orientation)), size_hw)
