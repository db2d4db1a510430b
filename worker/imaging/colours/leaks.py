"""Whether skin was taken for clothes.

Such skin has the colour of the picture's own skin. A nude dress has it too, so this is a warning
and changes no colour. That it hangs together with skin is no help: legs taken for stockings lie
apart from the face.
"""

from typing import Final

import cv2
import numpy as np

from shared.colour.cielab import rgb_to_lab
from worker.imaging.colours.sample import WorkingPicture
from worker.imaging.regions import CLOTHES, Mask, Pixels

Triple = tuple[float, float, float]

# A clothes colour further from every skin colour than this (a and b as they would be at the skin's
# lightness, and L) is no skin.
CHROMA_NEAR: Final = 5.0
LIGHTNESS_NEAR: Final = 14.0
# Clothes that look like skin must be this part of all clothes.
LEAST_SHARE: Final = 0.04
# Less than this, in pixels of the working picture, is a speck of any cloth.
_SPECK: Final = np.ones((3, 3), np.uint8)


def skin_share(working: WorkingPicture, skin: tuple[Triple, ...]) -> float:
    """The part of the clothes, 0..1, that has the colour of the picture's own skin.

    Args:
        working: the picture with its labels.
        skin: the skin's colours, CIELAB; none where no skin was found.
    """
    clothes = working.whole(CLOTHES)
    count = int(np.count_nonzero(clothes))
    if not count or not skin:
        return 0.0
    like = np.zeros(clothes.shape, np.uint8)
    like[clothes] = like_skin(working.reduced[clothes], skin)
    like = cv2.morphologyEx(like, cv2.MORPH_OPEN, _SPECK)
    return int(np.count_nonzero(like)) / count


def like_skin(
    rgb: Pixels,
    skin: tuple[Triple, ...],
    chroma_near: float = CHROMA_NEAR,
    lightness_near: float = LIGHTNESS_NEAR,
) -> Mask:
    """Which pixels have one of the skin's colours.

    Args:
        rgb: RGB uint8 (N, 3).
        skin: the colours, CIELAB.
        chroma_near: how far a and b may be off, as they would be at the skin's lightness.
        lightness_near: how far L may be off.

    Returns:
        bool (N,).
    """
    lab = rgb_to_lab(rgb)
    near = np.zeros(len(lab), bool)
    for lightness, a, b in skin:
        # Shading moves a and b as it moves L + 16.
        stretch = (lightness + 16) / (lab[:, 0] + 16)
        chroma = np.hypot(lab[:, 1] * stretch - a, lab[:, 2] * stretch - b)
        near |= (chroma < chroma_near) & (np.abs(lab[:, 0] - lightness) < lightness_near)
    return near
