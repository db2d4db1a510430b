"""What is measured of a piece for its pattern: the features that the worker would find."""

import numpy as np

from shared.colour.naming import Naming
from shared.contracts.results import Region
from worker.imaging.colours.sample import working_picture
from worker.imaging.patterns.cloth_patch import patch_of
from worker.imaging.patterns.colour_layout import layout_of
from worker.imaging.patterns.features import Features, features_of, main_plane_of
from worker.imaging.regions import BACKGROUND, CLOTHES, Mask, Pixels
from worker.stages.colours import colours


def measured(pixels: Pixels, mask: Mask, naming: Naming) -> Features | None:
    """Measure a piece, bool (H, W), of an RGB picture, (H, W, 3); None where it is too small."""
    labels = np.where(mask, CLOTHES, BACKGROUND).astype(np.uint8)
    working = working_picture(pixels, labels)
    shades = colours(working, naming)[Region.CLOTHES]
    patch = patch_of(working.pixels, working.labels == CLOTHES)
    if patch is None or not shades:
        return None
    return features_of(patch, layout_of(patch, shades), main_plane_of(patch))
