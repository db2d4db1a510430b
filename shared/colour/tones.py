"""Which skin tone and which hair colour a photo shows: the names of people's shades.

The measure is CIELAB. It is the photo's colour and not the person's: light, exposure and camera are
in it. Skin: the individual typology angle (Chardon, Cretois and Hourseau, "Skin colour typology and
suntanning pathways", International Journal of Cosmetic Science 13, 1991), with the limit of the
darkest group from Del Bino and Bernerd, "Variations in skin colour and the biological consequences
of ultraviolet radiation exposure", British Journal of Dermatology 169 (2013). Hair: limits of our
own, see docs/decisions/0014-groups.md.
"""

from math import atan2, degrees, hypot, inf
from typing import Final

from shared.colour.families.table import Presentation
from shared.contracts.results import Region

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
HAIR_NAMES: Final = (
    *("black", "dark brown", "brown", "light brown", "blond", "red", "grey", "white", "dyed"),
)
"""The names of hair's shades: brown in three steps and grey in two."""

BLACK_BELOW: Final = 18.0  # lightness
DARK_BROWN_BELOW: Final = 26.0
LIGHT_BROWN_FROM: Final = 33.0
BROWN_BELOW: Final = 40.0
WHITE_FROM: Final = 78.0
GREY_BELOW: Final = 5.0  # chroma
RED_FROM: Final = 20.0  # chroma
RED_HUES: Final = (0.0, 60.0)  # degrees
DYED_FROM: Final = 13.0  # chroma; less than that is a reflection of the sky on dark hair
NATURAL_HUES: Final = (0.0, 100.0)  # degrees

ON_PEOPLE: Final = {
    region.value: Presentation(kind=region.value) for region in (Region.SKIN, Region.HAIR)
}
"""How the colours of skin and hair are shown; a region's name is also the family of its shades."""

RULES: Final = (
    f"skin {SKIN_TONES} hair {HAIR_NAMES} {BLACK_BELOW} {DARK_BROWN_BELOW} {LIGHT_BROWN_FROM} "
    f"{BROWN_BELOW} {WHITE_FROM} {GREY_BELOW} {RED_FROM} {RED_HUES} {DYED_FROM} {NATURAL_HUES}"
)
"""All that the names follow from, as a part of a naming's version."""


def presented(region: str, cloth: Presentation) -> Presentation:
    """Return how a region's colours are shown, where its clothes are shown so."""
    return ON_PEOPLE.get(region, cloth)


def tone_name(lab: Triple, family: str) -> str:
    """Return the name of a shade of ``skin`` or ``hair``, such as ``light skin``.

    The word behind the tone keeps it apart from names of cloth: brown skin is no brown. CIELAB is
    under D65.
    """
    tone = skin_tone(lab) if family == Region.SKIN else hair_name(lab)
    return f"{tone} {family}"


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


def hair_name(lab: Triple) -> str:
    """One of ``HAIR_NAMES``: the colour of :func:`hair_colour`, brown and grey by lightness."""
    colour, lightness = hair_colour(lab), lab[0]
    if colour == "brown" and lightness < DARK_BROWN_BELOW:
        return "dark brown"
    if colour == "brown" and lightness >= LIGHT_BROWN_FROM:
        return "light brown"
    return "white" if colour == "grey" and lightness >= WHITE_FROM else colour
