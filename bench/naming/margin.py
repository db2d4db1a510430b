"""How far apart two families must be for a colour to be of one alone: the margin of the naming.

The primary clothes colour of each labelled training photo is disturbed a little, as in the table
``photos`` of bench.colours. A *flip* is a disturbed colour of another family. Under a margin it is
*explained* where one of the two colours was said to lie between two families, so that they agree.
"""

from typing import Final

import numpy as np

from bench.colours.photos import disturbed_pixels, disturbed_regions, primary
from bench.colours.scope import Scope, shown
from shared.colour.naming import MARGIN, Naming
from shared.colour.nearest import Floats, Nearest

MARGINS: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)


def main() -> None:
    """Print the table; the validation split stays out of it."""
    photos = Scope(training=True).photos()
    if photos is None:
        return
    folder, ids = photos
    naming = Naming.load()
    pairs: list[tuple[tuple[float, ...], tuple[float, ...]]] = []
    for photo_id in shown(ids, "photos"):
        pixels, labels = folder.photo(photo_id), folder.labels(photo_id)
        before = primary(pixels, labels, naming)
        if before is None:
            continue
        for disturbances in (disturbed_pixels(pixels, labels), disturbed_regions(pixels, labels)):
            for _, disturbed, region in disturbances:
                after = primary(disturbed, region, naming)
                if after is not None:
                    pairs.append((before.lab, after.lab))
    print(f"{len(ids)} training photos, {len(pairs)} disturbed colours; in use is {MARGIN}")
    print(f"{'margin':>7}{'between two':>13}{'flips':>8}{'explained':>11}{'agree':>8}")
    before_after = np.array(pairs, np.float64)
    for margin in MARGINS:
        print(row(naming, margin, before_after[:, 0], before_after[:, 1]))


def row(naming: Naming, margin: float, before: Floats, after: Floats) -> str:
    """One line: colours between two families, flips, those explained, and pairs that agree."""
    families = naming.families
    group = np.array([families.index(named.family) for named in naming.rows])
    nearest = Nearest(naming.centres, group, margin)
    (first, second), (first_again, second_again) = nearest.find(before), nearest.find(after)
    one, other = group[first], group[first_again]
    flipped = one != other
    in_common = (second == second_again) & (second >= 0)
    explained = flipped & ((one == second_again) | (other == second) | in_common)
    return (
        f"{margin:7.2f}{(second >= 0).mean():13.1%}{flipped.mean():8.1%}"
        f"{explained.sum() / max(flipped.sum(), 1):11.1%}{(~flipped | explained).mean():8.1%}"
    )


if __name__ == "__main__":
    main()
