"""The pattern of what is for sale, and which of its colours is the ground."""

from dataclasses import dataclass, replace
from typing import Final

from shared.colour.pattern import pattern_of
from shared.contracts.results import Pattern, Shade
from worker.imaging.colours.sample import WorkingPicture
from worker.imaging.patterns.cloth_patch import patch_of
from worker.imaging.patterns.colour_layout import ColourLayout, layout_of
from worker.imaging.patterns.features import features_of, main_plane_of
from worker.imaging.patterns.table import PatternTable, decided
from worker.imaging.regions import CLOTHES

EVEN: Final = 1.4
"""Cloth whose detail spreads less (the logarithm of 1 + percent) shows no pattern to anybody."""


@dataclass(frozen=True)
class Patterned:
    """A pattern, None where there are no clothes, and the clothes' shades with their roles."""

    pattern: Pattern | None
    shades: tuple[Shade, ...]


def patterned(
    working: WorkingPicture, shades: tuple[Shade, ...], *, is_own: bool = True
) -> Patterned:
    """Tell the pattern of a garment from its pixels, and its ground from its print.

    Args:
        working: the picture, whose label for clothes is on what is for sale.
        shades: of those clothes, the largest share first.
        is_own: whether they are one garment. Coat, shirt and trousers together have no pattern:
            of those the colours are counted.

    Returns:
        Plain, and the shades as they are, where a piece is too small to show a pattern. The ground
        of a pattern comes first where it covers as much as any other of its colours.
    """
    if not shades:
        return Patterned(None, shades)
    if not is_own:
        return Patterned(pattern_of(shades), shades)
    patch = patch_of(working.pixels, working.labels == CLOTHES)
    if patch is None:
        return Patterned(Pattern.PLAIN, shades)
    varied = main_plane_of(patch)
    # The table was learned from no cloth as even as this.
    if varied.spread < EVEN:
        return Patterned(Pattern.PLAIN, shades)
    layout = layout_of(patch, shades)
    pattern = decided(PatternTable.load()(features_of(patch, layout, varied)))
    if pattern is Pattern.PLAIN or len(layout.colours) == 1:
        return Patterned(pattern, shades)
    return Patterned(pattern, _with_roles(layout, shades))


def _with_roles(layout: ColourLayout, shades: tuple[Shade, ...]) -> tuple[Shade, ...]:
    """Say of each shade that belongs to a colour what it is; the dominating ground comes first."""
    ground = layout.colours[layout.ground]
    others = {shade for colour in layout.colours for shade in colour} - set(ground)
    told = [
        replace(shade, role="ground" if shade in ground else "print" if shade in others else None)
        for shade in shades
    ]
    shares = [sum(shade.share for shade in colour) for colour in layout.colours]
    if shares[layout.ground] < max(shares):
        return tuple(told)
    first = next(shade for shade in told if shade.role == "ground")
    return (first, *(shade for shade in told if shade is not first))
