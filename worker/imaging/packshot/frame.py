"""What shops lay over or around a picture: frames, letterboxes, banners and rounded corners.

None of it was before the camera. A band is drawn: it is flat, and it ends in a straight line from
side to side. The floor of a studio is not (light falls off on it, and what stands on it crosses
the line), and neither is the edge of a cloth that fills the picture.
"""

from dataclasses import dataclass
from typing import Final, Self, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Lab
from worker.imaging.packshot.length import length
from worker.imaging.regions import Mask

# The deepest band as a share of the picture's side: of one colour alone, and with letters on it.
_DEEPEST: Final = 0.45
_DEEPEST_LETTERED: Final = 0.25
# A line goes from side to side: this share of its length is a step of at least so much, Delta E.
_LINE: Final = 0.9
_STEP: Final = 1.5
# A row is of one colour when this share of it is no further from its median, in Delta E.
_FLAT_ROW: Final = 0.95
_FLAT: Final = 4.0
# Rows beyond the line in which nothing may cross it.
_BESIDE: Final = 3
# A band with letters: at least this share of it is of its rows' colour.
_LETTERED: Final = 0.6
# How much a drawn row may vary, in Delta E: what JPEG leaves of one colour; and how far rows may
# drift from one to the next, as where light falls off.
_DRAWN: Final = 1.3
_DRIFT: Final = 2.0
_ROUNDS: Final = 4

# A rounded corner: how far it reaches along the sides, as a share of the shorter; which part of
# its square it fills (0.215 of a quarter circle, 0.5 where it is cut straight), how far its colour
# is from the border's, how many there are, and how much of that difference lies at its edge.
_CORNER: Final = 0.25
_CORNER_FILL: Final = 0.6
_CORNER_APART: Final = 3.0
_CORNER_ALIKE: Final = 8.0
_CORNERS: Final = 3
_CORNER_STEP: Final = 0.7

# A badge: its middle is so near to a corner, as a share of each side; its area is at most this
# share of the product's; and it fills this share of its box.
_BADGE_ZONE: Final = 0.22
_BADGE: Final = 0.3
_BADGE_FILL: Final = 0.6


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the picture proper begins and ends: rows and columns, ends exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def around(cls, size_hw: tuple[int, int]) -> Self:
        """Return the frame of a picture that has none."""
        return cls(0, 0, *size_hw)

    def is_there(self, size_hw: tuple[int, int]) -> bool:
        """Say whether a picture of that size has a frame."""
        return self != Frame.around(size_hw)

    @property
    def inside(self) -> tuple[slice, slice]:
        """Index of the picture proper."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def find_frame(lab: Lab) -> Frame:
    """Find what is laid around a picture, Lab float32 (H, W, 3), one layer after the other."""
    top, left, bottom, right = 0, 0, *lab.shape[:2]
    for _ in range(_ROUNDS):
        inner = lab[top:bottom, left:right]
        across = inner.transpose(1, 0, 2)
        bands = (band(inner), band(inner[::-1]), band(across), band(across[::-1]))
        if not any(bands):
            break
        top, bottom = top + bands[0], bottom - bands[1]
        left, right = left + bands[2], right - bands[3]
    return Frame(top, left, bottom, right)


def band(lab: Lab) -> int:
    """Return how many rows at the top of a picture, Lab float32 (H, W, 3), are a drawn band."""
    height = lab.shape[0]
    deepest = int(_DEEPEST * height)
    if deepest < _BESIDE + 1:
        return 0
    rows = lab[: deepest + _BESIDE]
    # Over two rows: where a line was scaled down, its edge lies between two rows.
    step = length(rows[2:] - rows[:-2])
    straight = (step > _STEP).mean(axis=1) >= _LINE
    if not straight[:deepest].any():  # as in nearly every picture
        return 0
    medians = np.median(rows, axis=1)
    apart = length(rows - medians[:, None])
    flat = (apart < _FLAT).mean(axis=1)
    drawn = np.median(apart, axis=1) < _DRAWN
    lettered = int(_DEEPEST_LETTERED * height)
    for depth in range(deepest, 0, -1):
        if not straight[depth - 1]:
            continue
        beside = slice(max(0, depth - _BESIDE), depth)
        if flat[beside].min() < _FLAT_ROW or not drawn[:depth].all() or _drifts(medians[:depth]):
            continue
        if depth > lettered and flat[:depth].min() < _FLAT_ROW:
            continue
        if flat[:depth].mean() >= _LETTERED:
            return depth + 1
    return 0


def _drifts(medians: npt.NDArray[np.float32]) -> bool:
    """Say whether rows change little by little, Lab (N, 3), apart from the lines between layers."""
    steps = np.diff(medians, axis=0)
    little = np.linalg.norm(steps, axis=1) < _STEP
    return float(np.linalg.norm(steps[little].sum(axis=0))) > _DRIFT


def rounded_corners(lab: Lab) -> Mask:
    """Find what lies beyond rounded corners, bool (H, W), of a picture Lab float32 (H, W, 3).

    Corners are rounded all alike, so one that stands alone is something else.
    """
    height, width = lab.shape[:2]
    reach = int(_CORNER * min(height, width))
    beyond = np.zeros((height, width), np.bool_)
    if reach < 2:
        return beyond
    within = slice(reach, -reach)
    edges = (lab[0, within], lab[-1, within], lab[within, 0], lab[within, -1])
    usual = np.median(np.concatenate(edges), axis=0)
    found = 0
    for down, right in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        corner = _corner(lab[::down, ::right][:reach, :reach], usual)
        beyond[::down, ::right][:reach, :reach] |= corner
        found += bool(corner.any())
    return beyond if found >= _CORNERS else np.zeros_like(beyond)


def without_badges(product: Mask) -> Mask:
    """Leave out what lies apart in a corner, small and compact: a badge, a logo. bool (H, W)."""
    count, parts, stats, middles = cv2.connectedComponentsWithStats(product.astype(np.uint8))
    if count < 3:
        return product
    height, width = product.shape
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = np.ones(count, np.bool_)
    kept[0] = False
    for part in range(1, count):
        area, x, y = areas[part - 1], middles[part][0] / width, middles[part][1] / height
        box = stats[part, cv2.CC_STAT_WIDTH] * stats[part, cv2.CC_STAT_HEIGHT]
        in_corner = min(x, 1 - x) < _BADGE_ZONE and min(y, 1 - y) < _BADGE_ZONE
        if in_corner and area < _BADGE * areas.max() and area > _BADGE_FILL * box:
            kept[part] = False
    return kept[cast("npt.NDArray[np.int32]", parts)]


def _corner(lab: Lab, usual: npt.NDArray[np.float32]) -> Mask:
    """What lies beyond a rounded corner at the top left, bool (N, N)."""
    nothing = np.zeros(lab.shape[:2], np.bool_)
    apart = float(np.linalg.norm(lab[0, 0] - usual))
    if apart < _CORNER_APART:
        return nothing
    alike = length(lab - lab[0, 0]) < min(_CORNER_ALIKE, apart / 2 + 1)
    _, parts = cv2.connectedComponents(alike.astype(np.uint8), connectivity=4)
    part = parts == parts[0, 0]
    down, right = int(part[:, 0].sum()), int(part[0].sum())
    ends = max(down, right) < len(part)
    if not ends or min(down, right) < 2 or part.sum() > _CORNER_FILL * down * right:
        return nothing
    rim = (cv2.dilate(part.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0) & ~part
    beyond_it = float(np.median(np.linalg.norm(lab[rim] - lab[0, 0], axis=1)))
    # A corner that is only in shade turns into the rest little by little.
    return part if beyond_it > _CORNER_STEP * apart else nothing
