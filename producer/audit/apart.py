"""How far two sets of colours lie apart, from the CIEDE2000 between all of them.

Both take a block of float64 (N, M): from each main colour of one to each of the other, the largest
ones first.
"""

from shared.colour.cielab import Floats


def nothing_in_common(between: Floats) -> float:
    """Return how far the largest colour of each lies from the main colours of the other, at least.

    0 where one's largest colour is a colour of the other: a jumper's front, and its back in shade.
    """
    return float(min(between[0].min(), between[:, 0].min()))


def everything_in_common(between: Floats) -> float:
    """Return how far some main colour of either lies from the nearest of the other, at most.

    Near 0 only where both have the same colours, all of them.
    """
    return float(max(between.min(axis=1).max(), between.min(axis=0).max()))
