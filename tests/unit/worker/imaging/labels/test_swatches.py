"""Colours that tell classes apart."""

import numpy as np
import pytest

from shared.colour.cielab import delta_e2000, rgb_to_lab
from worker.imaging.labels.swatches import TAKEN, swatches
from worker.imaging.palette import PALETTE


def test_four_classes_have_the_palettes_paints() -> None:
    assert swatches(4).tolist() == [list(paint) for paint in PALETTE]


@pytest.mark.parametrize("classes", [29, 59])
def test_every_class_can_be_told_from_every_other(classes: int) -> None:
    colours = swatches(classes)
    assert (colours.shape, colours.dtype) == ((classes, 3), np.uint8)
    lab = rgb_to_lab(np.vstack([colours, np.array(TAKEN, np.uint8)]))
    between = delta_e2000(lab[:, None], lab[None])
    between[np.diag_indices(len(lab))] = np.inf
    # A difference of about 2 can just be seen; the first of TAKEN are not classes themselves.
    assert between[:classes].min() > 10


def test_skin_and_hair_keep_their_paint_however_many_classes() -> None:
    assert swatches(29)[:3].tolist() == [list(paint) for paint in PALETTE[:3]]
    assert swatches(59)[[0, 41, 19]].tolist() == [list(paint) for paint in PALETTE[:3]]


def test_another_number_of_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="4, 14, 29 or 59"):
        swatches(30)
