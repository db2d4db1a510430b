"""Which skin tone and which hair colour a photo shows, as measured in it.

The measure is the median CIELAB of a region. It is the photo's colour and not the person's: light,
exposure and camera are in it. Skin: the individual typology angle (Chardon, Cretois and
Hourseau, "Skin colour typology and suntanning pathways", International Journal of Cosmetic
Science 13, 1991), with the limit of the darkest group from Del Bino and Bernerd, "Variations in
skin colour and the biological consequences of ultraviolet radiation exposure", British Journal of
Dermatology 169 (2013). Hair: limits of our own, see docs/decisions/0014-groups.md.
"""

from math import atan2, degrees, hypot, inf
from typing import Final

import numpy as np

from shared.colour.cielab import rgb_to_lab
from worker.imaging.colours.sample import working_picture
from worker.imaging.regions import LabelMap, Pixels

Triple = tuple[float, float, float]

# Names with the angle, in degrees, that the tone lies above.
SKIN_TONES: Final = (
    ("very light", 55.0),
    ("light", 41.0),
    ("intermediate", 28.0),
    ("tan", 10.0),
    ("brown", -30.0),
    ("dark", -inf),
)
HAIR_COLOURS: Final = ("black", "brown", "blond", "red", "grey", "dyed")

BLACK_BELOW: Final = 18.0  # lightness
BROWN_BELOW: Final = 40.0
GREY_BELOW: Final = 5.0  # chroma
RED_FROM: Final = 20.0  # chroma
RED_HUES: Final = (0.0, 60.0)  # degrees
DYED_FROM: Final = 13.0  # chroma; less than that is a reflection of the sky on dark hair
NATURAL_HUES: Final = (0.0, 100.0)  # degrees


def median_lab(pixels: Pixels, labels: LabelMap, label: int) -> Triple | None:
    """The median colour of a region's inside, channel by channel.

    Args:
        pixels: RGB uint8 (H, W, 3).
        labels: uint8 (H, W), the regions.
        label: the region.

    Returns:
        L, a and b; None where the region is empty.
    """
    rgb = working_picture(pixels, labels).sample(label).rgb
    if not len(rgb):
        return None
    lightness, a, b = np.median(rgb_to_lab(rgb), axis=0).tolist()
    return lightness, a, b


def typology_angle(lab: Triple) -> float:
    """The individual typology angle in degrees: the lighter the skin, the larger.

    Skin has b > 0. Under blue light it may measure otherwise, and the angle then goes on past
    90 degrees, away from the other lightnesses.
    """
    lightness, _, b = lab
    return degrees(atan2(lightness - 50, b))


def skin_tone(lab: Triple) -> str:
    """One of the names in ``SKIN_TONES``."""
    angle = typology_angle(lab)
    return next(name for name, above in SKIN_TONES if angle > above)


def hair_colour(lab: Triple) -> str:
    """One of ``HAIR_COLOURS``; platinum counts as grey, and all that no hair grows as dyed."""
    lightness, a, b = lab
    chroma, hue = hypot(a, b), degrees(atan2(b, a))
    if chroma >= DYED_FROM and not NATURAL_HUES[0] <= hue <= NATURAL_HUES[1]:
        return "dyed"
    if chroma >= RED_FROM and RED_HUES[0] <= hue < RED_HUES[1]:
        return "red"
    if lightness < BLACK_BELOW:
        return "black"
    if lightness < BROWN_BELOW:
        return "brown"
    return "grey" if chroma < GREY_BELOW else "blond"
