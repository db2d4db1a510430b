"""How far two sets of colours lie apart, by CIEDE2000."""

from collections.abc import Sequence

from producer.main_colours import main_shades
from shared.cielab import Floats, delta_e2000
from shared.contracts import Shade


def nothing_in_common(first: Sequence[Shade], second: Sequence[Shade]) -> float:
    """Return how far the largest colour of each lies from the main colours of the other, at least.

    0 where one's largest colour is a colour of the other: a jumper's front, and its back in shade.
    """
    between = _between(first, second)
    return float(min(between[0].min(), between[:, 0].min()))


def everything_in_common(first: Sequence[Shade], second: Sequence[Shade]) -> float:
    """Return how far some main colour of either lies from the nearest of the other, at most.

    Near 0 only where both have the same colours, all of them.
    """
    between = _between(first, second)
    return float(max(between.min(axis=1).max(), between.min(axis=0).max()))


def _between(first: Sequence[Shade], second: Sequence[Shade]) -> Floats:
    one = [[shade.lab] for shade in main_shades(first)]
    other = [[shade.lab for shade in main_shades(second)]]
    return delta_e2000(one, other)
