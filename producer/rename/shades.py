"""Relabelling: the names of stored shades, derived anew from their CIELAB, without any pixel.

A shade that was named is named by its rounded CIELAB, and that is what is stored: so the same table
gives the same names again, and another one those that a new result would have.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from shared.colour.naming import Naming

Shades = dict[str, list[dict[str, Any]]]
"""What a picture's column ``shades`` holds: each region's shades, as plain JSON values."""


def relabel(pictures: Sequence[Shades], naming: Naming) -> list[bool]:
    """Name all shades of some pictures anew, in place; say of each whether anything changed."""
    labs = [shade["lab"] for shades in pictures for shade in _every(shades)]
    named = iter(naming.name_many(np.array(labs, np.float64).reshape(-1, 3)))
    changed: list[bool] = []
    for shades in pictures:
        any_changed = False
        # The shades first: each takes one name, whatever the ones before it gave.
        for shade, new in zip(_every(shades), named, strict=False):
            if (shade["name"], shade["family"], shade.get("family_second")) != new:
                shade["name"], shade["family"], shade["family_second"] = new
                any_changed = True
        changed.append(any_changed)
    return changed


def _every(shades: Shades) -> Iterator[dict[str, Any]]:
    return (shade for region in shades.values() for shade in region)
