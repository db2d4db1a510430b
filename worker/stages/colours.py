"""Stage ``colours``: the dominant colours of each region, named."""

import numpy as np
import numpy.typing as npt

from shared.cielab import lab_to_rgb, rgb_to_hex
from shared.contracts import Region, Shade
from shared.naming import Naming
from worker.imaging.dominant import Dominant, dominant
from worker.imaging.regions import LABEL_OF_REGION, LabelMap, Pixels
from worker.imaging.sample import working_picture


def colours(
    pixels: Pixels,
    labels: LabelMap,
    confidence: npt.NDArray[np.float32] | None,
    naming: Naming,
) -> dict[Region, tuple[Shade, ...]]:
    """Find and name the colours of every region, from the region's own pixels alone.

    Args:
        pixels: RGB uint8 (H, W, 3), the picture as it was before the grey fill.
        labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
        confidence: float32 (H, W) in 0..1, how sure each label is; None where all are.
        naming: the table that names the colours.

    Returns:
        Every region with its shades, the largest share first; at most five, with shares that sum
        to 1, and none where the region is empty. The same input gives the same answer.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    working = working_picture(pixels, labels, confidence)
    shades: dict[Region, tuple[Shade, ...]] = {}
    for region in Region:
        sample = working.sample(LABEL_OF_REGION[region])
        found = dominant(sample.rgb, sample.weights)
        shades[region] = tuple(shade_of(colour, naming) for colour in found)
    return shades


def shade_of(colour: Dominant, naming: Naming) -> Shade:
    """Name one dominant colour.

    Lab is rounded to hundredths first, and hex and name follow from that: a shade read back from
    the database is named again exactly as it was.
    """
    lightness, a, b = (round(value, 2) + 0.0 for value in colour.lab)
    lab = (lightness, a, b)
    name, family = naming.name(lab)
    return Shade(rgb_to_hex(lab_to_rgb(lab)), lab, colour.share, name, family)
