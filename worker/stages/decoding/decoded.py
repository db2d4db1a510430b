"""A decoded picture: colours as they look on white, and what its file says of opacity."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from worker.imaging.cutout import Alpha
from worker.stages.decoding.orientation import turn

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Decoded:
    """A picture of H by W pixels.

    Attributes:
        pixels: RGB uint8 (H, W, 3) in sRGB; what is transparent is laid on white.
        alpha: uint8 (H, W), 255 = opaque; None where all of it is, or the file says nothing.
    """

    pixels: Pixels
    alpha: Alpha | None = None

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
        if self.alpha is None:
            return type(self)(pixels)
        return type(self)(pixels, np.ascontiguousarray(turn(self.alpha, orientation)))
