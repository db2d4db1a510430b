"""Shapes that are drawn: a photo's rectangle, upright or tilted, its rounded corners, an ellipse.

What was cut out along them is a photo in a frame, not a product: no product ends in lines that are
straight or round to the pixel on all sides.
"""

from typing import Final

import cv2
import numpy as np

from worker.imaging.paste import box_of_mask
from worker.imaging.regions import Mask

# A corner reaches so far along the sides, as a share of the shorter; between corners a side is
# straight where so much of what is between them is filled.
_CORNER: Final = 0.25
_FILLED: Final = 0.999
# An ellipse leaves 0.215 of its box; anything between it and a rectangle leaves less.
_MOST_LEFT: Final = 0.24
# How far both halves of a drawn shape may differ, and how far it may be from convex, as a mean in
# pixels along its outline; and how much of its smallest tilted box a rectangle fills.
_TOLERANCE: Final = 0.5
_TILTED: Final = 0.99


def is_drawn(mask: Mask) -> bool:
    """Say whether a mask, bool (H, W), is one drawn shape."""
    box = box_of_mask(mask)
    if box is None:
        return False
    top, left, bottom, right = box
    inside = mask[top:bottom, left:right]
    return _has_straight_sides(inside) or _is_round(inside) or _is_tilted(inside)


def _has_straight_sides(inside: Mask) -> bool:
    corner = max(1, round(_CORNER * min(inside.shape)))
    across, down = inside[corner:-corner], inside[:, corner:-corner]
    if not across.size or not down.size:
        return bool(inside.mean() >= _FILLED)
    return bool(min(across.mean(), down.mean()) >= _FILLED)


def _is_round(inside: Mask) -> bool:
    """Both halves alike, up and down as left and right, and nowhere hollow."""
    if 1 - inside.mean() > _MOST_LEFT:
        return False
    allowed = _TOLERANCE * 2 * sum(inside.shape)
    mirrored = max(np.count_nonzero(inside ^ turned) for turned in (inside[::-1], inside[:, ::-1]))
    hull = cv2.contourArea(cv2.convexHull(_points(inside)))
    return bool(mirrored <= allowed and hull - np.count_nonzero(inside) <= allowed)


def _is_tilted(inside: Mask) -> bool:
    _, (width, height), _ = cv2.minAreaRect(_points(inside))
    # The box runs through the middles of the outermost pixels, or through their corners.
    return bool(np.count_nonzero(inside) >= _TILTED * (width + 0.5) * (height + 0.5))


def _points(inside: Mask) -> cv2.typing.MatLike:
    outlines, _ = cv2.findContours(
        inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    return np.concatenate(outlines)
