"""Stage ``colours``: the dominant colours of each region, named, and what is doubtful in them."""

from collections.abc import Sequence
from typing import Final

from shared.colour.cielab import lab_to_rgb, rgb_to_hex
from shared.colour.families.table import UNKNOWN, Presentation
from shared.colour.naming import Naming
from shared.colour.tones import presented
from shared.contracts.results import Region, Shade
from shared.contracts.warnings import WarningWord
from worker.imaging.colours.black_and_white import is_black_and_white
from worker.imaging.colours.dominant import Dominant, ShadeLimits, dominant
from worker.imaging.colours.leaks import LEAST_SHARE, skin_share
from worker.imaging.colours.legs import shows_legs
from worker.imaging.colours.sample import WorkingPicture
from worker.imaging.regions import LABEL_OF_REGION

Triple = tuple[float, float, float]

LIMITS: Final = {
    Region.CLOTHES: ShadeLimits(),
    # Skin and hair have one colour, and a second where half of it lies in the shade, is dyed or is
    # made up. Lips, eyes, jewellery and clips are less than a twelfth.
    Region.SKIN: ShadeLimits(most=2, least_share=0.08, blur=9.0),
    Region.HAIR: ShadeLimits(most=2, least_share=0.08, blur=9.0),
}

LOW_CONFIDENCE: Final = 0.85
"""Pictures below this are not like any that the networks were trained on."""


def colours(
    working: WorkingPicture, naming: Naming, shown: Presentation = UNKNOWN
) -> dict[Region, tuple[Shade, ...]]:
    """Find and name the colours of every region, from the region's own pixels alone.

    Args:
        working: the picture as it was before the grey fill, with its labels.
        naming: the table that names the colours of clothes; skin and hair are named by tone.
        shown: how the clothes are lit, and what they are.

    Returns:
        Every region with its shades, the largest share first: at most five for clothes and two for
        skin and hair, with shares that sum to 1, and none where the region is empty. The same input
        gives the same answer.
    """
    shades: dict[Region, tuple[Shade, ...]] = {}
    for region in Region:
        sample = working.sample(LABEL_OF_REGION[region])
        found = dominant(sample.rgb, sample.weights, LIMITS[region])
        shades[region] = shades_of(found, naming, presented(region, shown))
    return shades


def shades_of(
    colours: Sequence[Dominant], naming: Naming, shown: Presentation = UNKNOWN
) -> tuple[Shade, ...]:
    """Name dominant colours, by how they are shown.

    Lab is rounded to hundredths first, and hex and name follow from that: a shade read back from
    the database is named again exactly as it was.
    """
    if not colours:
        return ()
    labs = [_hundredths(colour.lab) for colour in colours]
    hexes = map(rgb_to_hex, lab_to_rgb(labs))
    names = naming.name_many(labs, [shown] * len(labs))
    return tuple(
        Shade(hex_, lab, colour.share, *name)
        for hex_, lab, colour, name in zip(hexes, labs, colours, names, strict=True)
    )


def _hundredths(lab: Triple) -> Triple:
    lightness, a, b = (round(value, 2) + 0.0 for value in lab)
    return lightness, a, b


def doubts(
    working: WorkingPicture, shades: dict[Region, tuple[Shade, ...]], confidence: float
) -> tuple[str, ...]:
    """Words on what may be wrong with the colours of a picture.

    Args:
        working: the picture that the shades were found in.
        shades: what :func:`colours` found.
        confidence: 0..1, of the picture as a whole.

    Returns:
        ``black_and_white`` where the picture shows greys alone, ``skin_in_clothes`` where a
        considerable part of the clothes has the colour of the skin, ``legs_in_packshot`` where a
        product alone seems to be somebody's legs, ``low_confidence`` below ``LOW_CONFIDENCE``; in
        this order.
    """
    skin = tuple(shade.lab for shade in shades[Region.SKIN])
    is_grey = is_black_and_white(working.pixels, has_skin=bool(skin))
    leaks = not is_grey and skin_share(working, skin) >= LEAST_SHARE
    is_alone = not skin and not shades[Region.HAIR]
    clothes = LABEL_OF_REGION[Region.CLOTHES]
    words = (
        (WarningWord.BLACK_AND_WHITE, is_grey),
        (WarningWord.SKIN_IN_CLOTHES, leaks),
        (
            WarningWord.LEGS_IN_PACKSHOT,
            is_alone and shows_legs(working.reduced, working.whole(clothes)),
        ),
        (WarningWord.LOW_CONFIDENCE, confidence < LOW_CONFIDENCE),
    )
    return tuple(word.value for word, applies in words if applies)
