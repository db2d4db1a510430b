"""How far apart two families must be for a colour to be of one alone: the margin of the naming.

The primary clothes colour of each labelled photo is disturbed a little, as ``stability`` does. A
*flip* is a disturbed colour of another family. Under a margin it is *explained* where one of the
two colours was said to lie between both families, so that the two still agree.
"""

from typing import Final

import numpy as np

from bench.stability import DATASET, disturbances, primary
from shared.naming import MARGIN, Naming
from shared.nearest import Nearest
from worker.imaging.ccp import LabelledFolder

EVERY: Final = 4
MARGINS: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)


def main() -> None:
    """Print the table for every fourth training photo; the validation split stays out of it."""
    if not DATASET.is_dir():
        print(f"Skipped: {DATASET} is missing, the labelled photos of Clothing Co-Parsing.")
        return
    folder = LabelledFolder(DATASET)
    held_out = folder.held_out()
    ids = [photo_id for photo_id in folder.ids() if photo_id not in held_out][::EVERY]
    naming = Naming.load()
    before: list[tuple[float, float, float]] = []
    after: list[tuple[float, float, float]] = []
    for photo_id in ids:
        pixels, labels = folder.photo(photo_id), folder.labels(photo_id)
        shade = primary(pixels, labels, naming)
        if shade is None:
            continue
        for _, disturbed, region in disturbances(pixels, labels):
            again = primary(disturbed, region, naming)
            if again is not None:
                before.append(shade.lab)
                after.append(again.lab)
    print(f"{len(ids)} training photos, {len(before)} disturbed colours; in use is {MARGIN}")
    print(f"{'margin':>7}{'between two':>13}{'flips':>8}{'explained':>11}{'agree':>8}")
    for margin in MARGINS:
        print(row(naming, margin, np.array(before), np.array(after)))


def row(naming: Naming, margin: float, before: np.ndarray, after: np.ndarray) -> str:
    """One line: colours between two families, flips, those explained, and who agrees."""
    families = naming.families
    group = np.array([families.index(named.family) for named in naming.rows])
    nearest = Nearest(naming.centres, group, margin)
    (first, second), (first_again, second_again) = nearest.find(before), nearest.find(after)
    one, other = group[first], group[first_again]
    flipped = one != other
    explained = flipped & (
        (one == second_again) | (other == second) | ((second == second_again) & (second >= 0))
    )
    agree = ~flipped | explained
    return (
        f"{margin:7.1f}{(second >= 0).mean():13.1%}{flipped.mean():8.1%}"
        f"{explained.sum() / max(flipped.sum(), 1):11.1%}{agree.mean():8.1%}"
    )


if __name__ == "__main__":
    main()
