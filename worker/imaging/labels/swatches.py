"""A colour for every class, so that many classes can be told apart on one picture."""

from functools import cache
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import delta_e2000, rgb_to_lab
from worker.imaging.canvas import GREY
from worker.imaging.labels.merges import merge_into
from worker.imaging.palette import PALETTE

# Colours that mean something else on a sheet: its paper and its canvas.
TAKEN: Final = ((255, 255, 255), (GREY, GREY, GREY))
LEVELS: Final = range(0, 256, 51)
# Darker ones are hard to tell from the background's black.
LEAST_LIGHTNESS: Final = 25.0


@cache
def swatches(classes: int) -> npt.NDArray[np.uint8]:
    """The colours of 4, 29 or 59 classes.

    The first class of each region has the region's own paint; every further one the colour that
    is farthest from all before it, by CIEDE2000, of a grid of candidates.

    Args:
        classes: as :func:`~worker.imaging.labels.merges.merge_into` takes them.

    Returns:
        uint8 (classes, 3), RGB, no two alike; the same at every call.

    Raises:
        ValueError: another number of classes.
    """
    regions = merge_into(classes).regions
    candidates = np.array(list(product(LEVELS, repeat=3)), np.uint8)
    candidates = candidates[rgb_to_lab(candidates)[:, 0] >= LEAST_LIGHTNESS]
    lab = rgb_to_lab(candidates)
    nearest = np.full(len(candidates), np.inf)

    def take(rgb: npt.NDArray[np.uint8]) -> None:
        np.minimum(nearest, delta_e2000(lab, rgb_to_lab(rgb)), out=nearest)

    for rgb in np.array((*TAKEN, *PALETTE), np.uint8):
        take(rgb)
    colours = np.zeros((classes, 3), np.uint8)
    for label, region in enumerate(regions):
        first = int(np.argmax(regions == region)) == label
        colours[label] = PALETTE[region] if first else candidates[int(nearest.argmax())]
        take(colours[label])
    return colours
