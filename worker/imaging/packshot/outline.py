"""How sure an outline is: whether there is an edge where it runs, and one as sharp as cloth's."""

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Lab
from worker.imaging.regions import Mask

Floats = npt.NDArray[np.float32]

# From an outline's pixel so far outwards and inwards, in pixels, colours are compared.
_REACH: Final = 4
# A difference of so much, Delta E, between the two sides is certain.
CERTAIN: Final = 12.0
# Which part of the difference lies within two pixels: a half or more at an edge of cloth, a quarter
# where a soft shadow begins.
_SHARP: Final = 0.42
# Shorter pieces of an outline, in pixels, say nothing.
_SHORTEST: Final = 8

_CROSS: Final = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, slots=True)
class Outline:
    """The pixels of an outline, and the unit vectors outwards there; each (N,)."""

    y: npt.NDArray[np.intp]
    x: npt.NDArray[np.intp]
    down: Floats
    right: Floats

    def colours(self, lab: Lab, steps: int) -> Floats:
        """Return the colours so many steps outwards from each pixel, Lab (N, 3)."""
        rows = np.clip(np.rint(self.y + steps * self.down), 0, lab.shape[0] - 1)
        columns = np.clip(np.rint(self.x + steps * self.right), 0, lab.shape[1] - 1)
        return lab[rows.astype(np.intp), columns.astype(np.intp)]


def contrast(lab: Lab, product: Mask) -> tuple[Floats, Floats]:
    """Compare both sides of each of an outline's pixels.

    Args:
        lab: the picture, Lab float32 (H, W, 3), or anything that is so far apart as it says.
        product: bool (H, W).

    Returns:
        Two float32 (N,): the difference between a few pixels inwards and a few outwards, Delta E;
        and which part of it lies close to the outline, about 0..1. Pixels at the picture's border
        are left out: there the product is cut, and nothing is known.
    """
    outline = _outline(product)
    far = outline.colours(lab, _REACH) - outline.colours(lab, -_REACH)
    near = outline.colours(lab, 1) - outline.colours(lab, -1)
    apart = np.linalg.norm(far, axis=1)
    # Only what goes the same way counts: grain goes anywhere.
    along = (near * far).sum(axis=1) / np.maximum(apart, 1e-6)
    return apart.astype(np.float32), (along / np.maximum(apart, 1e-6)).astype(np.float32)


def certainty(lab: Lab, product: Mask) -> float:
    """Return how sure a product's outline is, 0..1: its mean over the whole of it.

    The picture is as for :func:`contrast`. What the picture's border cuts off counts as half sure.
    """
    apart, _ = contrast(lab, product)
    border = np.concatenate([product[0], product[-1], product[:, 0], product[:, -1]])
    cut = int(border.sum())
    if not len(apart) + cut:
        return 0.0
    sure = np.clip(apart / CERTAIN, 0.0, 1.0)
    return float((sure.sum() + 0.5 * cut) / (len(sure) + cut))


def is_edge(lab: Lab, product: Mask, within: Mask, least: float) -> bool:
    """Say whether part of an outline is an edge of cloth, as sharp as one and of some contrast.

    Args:
        lab: the picture, Lab float32 (H, W, 3).
        product: bool (H, W).
        within: bool (H, W), which part of its outline is meant.
        least: the median difference between both sides that it must have, Delta E.
    """
    apart, sharp = contrast(lab, product)
    outline = _outline(product)
    at = within[outline.y, outline.x]
    if np.count_nonzero(at) < _SHORTEST:
        return False
    sharpness = np.average(sharp[at], weights=apart[at] + 1e-6)
    return bool(np.median(apart[at]) >= least and sharpness >= _SHARP)


def _outline(product: Mask) -> Outline:
    """The outline within the picture: where its border cuts a product there is none."""
    solid = product.astype(np.uint8)
    edge = (solid > 0) & (cv2.erode(solid, _CROSS) == 0)
    edge[:_REACH] = edge[-_REACH:] = False
    edge[:, :_REACH] = edge[:, -_REACH:] = False
    soft = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 2.5)
    y, x = np.nonzero(edge)
    down = -cv2.Sobel(soft, cv2.CV_32F, 0, 1)[y, x]
    right = -cv2.Sobel(soft, cv2.CV_32F, 1, 0)[y, x]
    length = np.maximum(np.hypot(down, right), 1e-6)
    return Outline(y, x, cast("Floats", down / length), cast("Floats", right / length))
