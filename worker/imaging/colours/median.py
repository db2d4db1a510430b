"""The median colour of a region: one colour for all of it, lips and shadows hardly count."""

import numpy as np

from shared.colour.cielab import rgb_to_lab
from worker.imaging.colours.sample import working_picture
from worker.imaging.regions import LabelMap, Pixels

Triple = tuple[float, float, float]


def median_lab(pixels: Pixels, labels: LabelMap, label: int) -> Triple | None:
    """The median colour of a region's inside, channel by channel.

    Args:
        pixels: RGB uint8 (H, W, 3).
        labels: uint8 (H, W), the regions.
        label: the region.

    Returns:
        L, a and b; None where the region is empty.
    """
    rgb = working_picture(pixels, labels).sample(label).rgb
    if not len(rgb):
        return None
    lightness, a, b = np.median(rgb_to_lab(rgb), axis=0).tolist()
    return lightness, a, b
