"""The median colour of a region."""

import numpy as np
import pytest

from shared.colour.cielab import rgb_to_lab
from worker.imaging.colours.median import median_lab
from worker.imaging.regions import HAIR, SKIN


def test_the_median_is_that_of_the_regions_inside() -> None:
    pixels = np.full((60, 60, 3), 30, np.uint8)
    labels = np.zeros((60, 60), np.uint8)
    labels[10:50, 10:50] = SKIN
    pixels[10:50, 10:50] = (10, 200, 10)  # the rim, wrong as labels are at their edge
    pixels[11:49, 11:49] = (200, 150, 120)
    measured = median_lab(pixels, labels, SKIN)
    assert measured == pytest.approx(rgb_to_lab(np.array([200, 150, 120], np.uint8)), abs=1e-3)
    assert median_lab(pixels, labels, HAIR) is None
