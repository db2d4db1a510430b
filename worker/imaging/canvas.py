"""A canvas: the picture of fixed size that a network sees, into which a photo is fitted."""

from dataclasses import dataclass
from typing import Any, Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import Pixels
from worker.imaging.working_size import reduced

Plane = npt.NDArray[Any]

# Mid-grey is the zero of the networks' input range, so padding and grey fill say "nothing here".
GREY: Final = 128


@dataclass(frozen=True)
class Fit:
    """How a photo of ``photo_hw`` lies on a canvas: scaled by ``scale``, then shifted."""

    photo_hw: tuple[int, int]
    canvas_hw: tuple[int, int]
    scale: float
    top: int
    left: int
    inner_hw: tuple[int, int]

    @property
    def window_yxyx(self) -> tuple[int, int, int, int]:
        """The photo's place in pixels of the canvas, ends exclusive."""
        return self.top, self.left, self.top + self.inner_hw[0], self.left + self.inner_hw[1]


def make_fit(
    photo_hw: tuple[int, int], canvas_hw: tuple[int, int], short_side: int | None = None
) -> Fit:
    """Largest centred placement that keeps the photo's proportions.

    With ``short_side`` a photo is enlarged no further than until its shorter side has so many
    pixels, nor at all where it has them already.
    """
    scale = min(canvas_hw[0] / photo_hw[0], canvas_hw[1] / photo_hw[1])
    if short_side is not None:
        scale = min(scale, max(1.0, short_side / min(photo_hw)))
    inner = (
        max(1, min(canvas_hw[0], round(photo_hw[0] * scale))),
        max(1, min(canvas_hw[1], round(photo_hw[1] * scale))),
    )
    top, left = (canvas_hw[0] - inner[0]) // 2, (canvas_hw[1] - inner[1]) // 2
    return Fit(photo_hw, canvas_hw, scale, top, left, inner)


def onto_canvas(pixels: Pixels, fit: Fit) -> Pixels:
    """Place a photo, RGB uint8 (H, W, 3), on its canvas (canvas_h, canvas_w, 3)."""
    canvas = np.full((*fit.canvas_hw, 3), GREY, np.uint8)
    top, left, bottom, right = fit.window_yxyx
    canvas[top:bottom, left:right] = reduced(pixels, fit.inner_hw)
    return canvas


def onto_released_canvas(pixels: Pixels, fit: Fit) -> Pixels:
    """Place a photo as the original Mask R-CNN does: bilinear, cut to whole numbers, on black."""
    canvas = np.zeros((*fit.canvas_hw, 3), np.uint8)
    inner = pixels
    if fit.inner_hw != fit.photo_hw:
        size = (fit.inner_hw[1], fit.inner_hw[0])
        smooth = cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        inner = smooth.astype(np.uint8)
    canvas[fit.top : fit.top + fit.inner_hw[0], fit.left : fit.left + fit.inner_hw[1]] = inner
    return canvas


def from_canvas(canvas: Pixels, fit: Fit) -> Pixels:
    """Bring a picture of the canvas back to the photo's own size.

    Args:
        canvas: RGB uint8, of the canvas's size or a whole fraction of it.
        fit: where the photo lies on the canvas.

    Returns:
        RGB uint8 (H, W, 3).
    """
    stride = fit.canvas_hw[0] // canvas.shape[0]
    if stride == 1:
        top, left, bottom, right = fit.window_yxyx
        inner = canvas[top:bottom, left:right]
        size = (fit.photo_hw[1], fit.photo_hw[0])
        return cast("Pixels", cv2.resize(inner, size, interpolation=cv2.INTER_LINEAR))
    return cast("Pixels", from_fraction(canvas, fit, stride))


def from_fraction(canvas: Plane, fit: Fit, stride: int) -> Plane:
    """Bring a picture of ``1 / stride`` of the canvas's size to the photo's size, bilinear.

    Args:
        canvas: (h, w) or (h, w, C) with C of 4 at most.
        fit: where the photo lies on the canvas.
        stride: pixels of the canvas for one of the picture.
    """
    scale = [fit.inner_hw[i] / fit.photo_hw[i] / stride for i in (0, 1)]
    # Pixel centres lie at +0.5 in the photo as on the canvas.
    offset = [0.5 * scale[i] + (fit.top, fit.left)[i] / stride - 0.5 for i in (0, 1)]
    matrix = np.array([[scale[1], 0, offset[1]], [0, scale[0], offset[0]]])
    return cv2.warpAffine(
        canvas,
        matrix,
        (fit.photo_hw[1], fit.photo_hw[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def to_unit(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Bytes 0..255 to the networks' range -1..1, float32, same shape."""
    return pixels.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
