"""Relabelling: the names of stored shades, derived anew from their CIELAB, without any pixel.

A shade that was named is named by its rounded CIELAB, and that is what is stored: so the same table
gives the same names again, and another one those that a new result would have.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from shared.colour.families.table import Presentation
from shared.colour.naming import Naming
from shared.colour.tones import presented

Shades = dict[str, list[dict[str, Any]]]
"""What a picture's column ``shades`` holds: each region's shades, as plain JSON values."""

WORDS: Final = ("name", "family", "family_second", "probability", "probability_second")
"""What follows from a colour and how it is shown, in the order of :class:`Named`."""


def relabel(
    pictures: Sequence[Shades], shown: Sequence[Presentation], naming: Naming
) -> list[bool]:
    """Name all shades of some pictures anew, in place; say of each whether anything changed.

    ``shown`` is how the clothes of each picture are shown; skin and hair are named by tone.
    """
    labs = [shade["lab"] for shades in pictures for shade in _every(shades)]
    how = [
        presented(region, presentation)
        for shades, presentation in zip(pictures, shown, strict=True)
        for region, of_region in shades.items()
        for _ in of_region
    ]
    named = iter(naming.name_many(np.array(labs, np.float64).reshape(-1, 3), how))
    changed: list[bool] = []
    for shades in pictures:
        any_changed = False
        # The shades first: each takes one name, whatever the ones before it gave.
        for shade, new in zip(_every(shades), named, strict=False):
            if tuple(map(shade.get, WORDS)) != new:
                shade.update(zip(WORDS, new, strict=True))
                any_changed = True
        changed.append(any_changed)
    return changed


def _every(shades: Shades) -> Iterator[dict[str, Any]]:
    return (shade for region in shades.values() for shade in region)
