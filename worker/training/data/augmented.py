"""A generator that looks several times: at a canvas, its mirror image, smaller, in other light.

Test-time augmentation: what it paints is the mean. It errs less than any single look does, and
takes as many times as long: good for a teacher, too dear for production. Source: Krizhevsky,
Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", NeurIPS
2012, section 4.1.
"""

from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.canvas import GREY
from worker.networks.compiled import Compiled
from worker.networks.pix2pix.generator import OutfitPainting
from worker.training.data.augment import Affine

Picture = npt.NDArray[np.uint8]


class Augmentation(NamedTuple):
    """One way to look at a canvas: at which size, mirrored or not, with which gamma."""

    size: float = 1.0
    is_mirrored: bool = False
    gamma: float = 1.0


AUGMENTATIONS: Final = (
    Augmentation(),
    Augmentation(is_mirrored=True),
    Augmentation(size=0.85),
    Augmentation(size=0.85, is_mirrored=True),
    Augmentation(gamma=0.75),
    Augmentation(gamma=1.3, is_mirrored=True),
)


class AugmentedGenerator:
    """Paints as the generator does, by the mean of several looks.

    Args:
        generator: canvases in, paintings and parts out.
    """

    def __init__(self, generator: Compiled[OutfitPainting]) -> None:
        self._generator = generator
        self.size_hw = generator.size_hw

    def __call__(self, canvases: Picture) -> OutfitPainting:
        """Paint canvases, RGB uint8 (B, H, W, 3)."""
        painted = [self._painted(canvas) for canvas in canvases]
        return {
            "painting": np.stack([painting for painting, _ in painted]),
            "parts": np.stack([parts for _, parts in painted]),
        }

    def _painted(self, canvas: Picture) -> tuple[Picture, Picture]:
        looks = [self._look(canvas, how) for how in AUGMENTATIONS]
        painting, parts = (np.mean([look[i] for look in looks], axis=0) for i in (0, 1))
        return np.rint(painting).astype(np.uint8), np.rint(parts).astype(np.uint8)

    def _look(self, canvas: Picture, how: Augmentation) -> tuple[Picture, Picture]:
        table = np.rint(255 * np.linspace(0, 1, 256) ** how.gamma).astype(np.uint8)
        seen = _warped(table[canvas], _placed(self.size_hw, how), border=(GREY,) * 3)
        painted = self._generator(seen[None])
        return _back(painted["painting"][0], how), _back(painted["parts"][0], how)


def _placed(size_hw: tuple[int, ...], how: Augmentation) -> Affine:
    """Where a look puts each pixel of a canvas: about its middle, affine (2, 3) of (x, y)."""
    across = -how.size if how.is_mirrored else how.size
    middle_x, middle_y = (size_hw[1] - 1) / 2, (size_hw[0] - 1) / 2
    return np.array(
        [[across, 0, middle_x * (1 - across)], [0, how.size, middle_y * (1 - how.size)]]
    )


def _back(plane: Picture, how: Augmentation) -> Picture:
    """What was painted, where it lies without the look."""
    return _warped(plane, cv2.invertAffineTransform(_placed(plane.shape[:2], how)))


def _warped(picture: Picture, matrix: Any, border: tuple[int, ...] | None = None) -> Picture:
    """Warp uint8 (h, w, C); beyond it lies a colour, or its own edge."""
    height, width = picture.shape[:2]
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    planes = [  # OpenCV warps four channels at most
        cv2.warpAffine(
            np.ascontiguousarray(picture[..., start : start + 3]),
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=mode,
            borderValue=border or (),
        ).reshape(height, width, -1)
        for start in range(0, picture.shape[2], 3)
    ]
    return np.concatenate(planes, axis=2).astype(np.uint8)
