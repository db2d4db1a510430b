"""How many colours something has: plain, two-tone or multicoloured, told from its shades alone.

What pattern a garment has is told from its pixels (:mod:`worker.stages.patterns`). This is what can
be said of a whole outfit, and of results of versions that did not look at pixels.

Shades that a shopper would call one colour (two blues of one denim) are counted as one, and what is
too small to be the cloth's (a button, a seam, a print's outline) is left out of the count. Two
colours are two-tone, three or more multicoloured.
"""

from collections.abc import Sequence
from typing import Final

from shared.contracts.results import Pattern, Shade

ONE_COLOUR: Final = 12.0
"""Shades no further apart than this, by CIEDE2000, are one colour."""

LEAST_SHARE: Final = 0.12
"""A colour of a smaller share of the region does not count."""

MAIN_SHARE: Final = 0.5
"""A colour of at least this share of the region is its main one, whatever else there is."""


def pattern_of(shades: Sequence[Shade]) -> Pattern | None:
    """Return the pattern of a region, None where it has no shades.

    The order of the shades makes no difference, nor does the scale of their shares.
    """
    counted = [share for share in colour_shares(shades) if share >= LEAST_SHARE]
    if not shades:
        return None
    if len(counted) <= 1:
        return Pattern.PLAIN
    return Pattern.TWO_TONE if len(counted) == 2 else Pattern.MULTICOLOURED


def has_main_colour(shades: Sequence[Shade]) -> bool:
    """Return whether one colour is the garment's: at least half of it, or all that there is."""
    shares = colour_shares(shades)
    return bool(shares) and shares[0] >= MAIN_SHARE


def colour_shares(shades: Sequence[Shade]) -> list[float]:
    """Return the share of each colour, the largest first; together they are 1."""
    total = sum(shade.share for shade in shades)
    if total <= 0:
        return []
    return [sum(shade.share for shade in colour) / total for colour in colours_of(shades)]


def colours_of(shades: Sequence[Shade]) -> list[tuple[Shade, ...]]:
    """Return the shades of each colour, the largest first, of colours and of their shades.

    A shade goes with the first larger one that it is near to, so no chain of small steps makes one
    colour of black and white.
    """
    ordered = sorted(shades, key=lambda shade: (-shade.share, shade.lab))
    near = _near([shade.lab for shade in ordered]) if len(ordered) > 1 else [[True]]
    colours: dict[int, list[Shade]] = {}
    for place, shade in enumerate(ordered):
        head = next((head for head in colours if near[head][place]), place)
        colours.setdefault(head, []).append(shade)
    found = [tuple(colour) for colour in colours.values()]
    return sorted(found, key=lambda colour: -sum(shade.share for shade in colour))


def _near(labs: Sequence[tuple[float, float, float]]) -> list[list[bool]]:
    # Here, so that a command which writes no result starts without NumPy.
    import numpy as np  # noqa: PLC0415

    from shared.colour.cielab import delta_e2000  # noqa: PLC0415

    lab = np.array(labs)
    return (delta_e2000(lab[:, None], lab) <= ONE_COLOUR).tolist()
