"""Whether what was cut out as a product alone is somebody's legs.

A photo of shorts or shoes that ends at the hips may show no person to the network. On a plain
backdrop it is cut out whole, and the legs count as cloth. Two bare legs side by side tell it; legs
that cross or that stand behind a bag do not.
"""

from typing import Final

import cv2
import numpy as np

from shared.colour.cielab import rgb_to_lab
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import Mask, Pixels

# In pixels: legs are looked for in a picture of this height.
_HEIGHT: Final = 160
# Skin of all people, in CIELAB: hue in degrees, chroma, lightness.
_HUES: Final = (35.0, 80.0)
_CHROMA: Final = (9.0, 45.0)
_LIGHTNESS: Final = (22.0, 92.0)
# Two limbs side by side, each of this share of the box's width, and together of so many rows.
_LEAST_WIDTH: Final = 0.06
_LEAST_ROWS: Final = 0.15
# So much of a limb's row has the colour of skin; what lies above the limbs mostly has not.
_LIMB: Final = 0.7
_ABOVE: Final = 0.5


def shows_legs(pixels: Pixels, mask: Mask) -> bool:
    """Whether two limbs with the colour of skin come out of something that has another colour.

    Args:
        pixels: RGB uint8 (H, W, 3).
        mask: bool (H, W), what was cut out.
    """
    box = box_of_mask(mask)
    if box is None:
        return False
    top, left, bottom, right = box
    part, inside = pixels[top:bottom, left:right], mask[top:bottom, left:right]
    width = max(1, round((right - left) * _HEIGHT / (bottom - top)))
    small = cv2.resize(part, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
    held = (
        cv2.resize(inside.astype(np.uint8), (width, _HEIGHT), interpolation=cv2.INTER_NEAREST) > 0
    )
    skin = _like_skin(np.asarray(small, np.uint8)) & held
    rows = [at for at in range(_HEIGHT) if _has_two_limbs(held[at], skin[at])]
    if len(rows) < _LEAST_ROWS * _HEIGHT:
        return False
    above = slice(0, rows[0])
    count = np.count_nonzero(held[above])
    return bool(count and np.count_nonzero(skin[above]) < _ABOVE * count)


def _has_two_limbs(held: Mask, skin: Mask) -> bool:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], held.astype(np.int8), [0]))))
    runs = [
        (start, end)
        for start, end in edges.reshape(-1, 2)
        if end - start >= max(2, _LEAST_WIDTH * len(held))
    ]
    return len(runs) == 2 and all(skin[start:end].mean() >= _LIMB for start, end in runs)


def _like_skin(rgb: Pixels) -> Mask:
    lab = rgb_to_lab(rgb.reshape(-1, 3))
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    like = (hue > _HUES[0]) & (hue < _HUES[1]) & (chroma > _CHROMA[0]) & (chroma < _CHROMA[1])
    like &= (lab[:, 0] > _LIGHTNESS[0]) & (lab[:, 0] < _LIGHTNESS[1])
    return like.reshape(rgb.shape[:2])
