"""Palettes of many paints: each paint is read back as its own class."""

import numpy as np
import pytest

from worker.imaging.palette import PALETTE, UNDECIDED
from worker.training.wide_palette import palette_of


@pytest.mark.parametrize("classes", [4, 29, 59])
def test_every_paint_is_read_back(classes: int) -> None:
    palette = palette_of(classes)
    assert len(set(palette.colours)) == classes
    labels = np.arange(classes, dtype=np.uint8)[None]
    assert palette.threshold(palette.paint(labels)).tolist() == labels.tolist()
    assert palette.nearest(palette.paint(labels)).tolist() == labels.tolist()


@pytest.mark.parametrize("classes", [29, 59])
def test_paints_a_little_off_are_still_read(classes: int) -> None:
    palette = palette_of(classes)
    labels = np.arange(classes, dtype=np.uint8)[None]
    noise = np.random.default_rng(0).integers(-6, 7, (1, classes, 3))
    painting = np.clip(palette.paint(labels) + noise, 0, 255).astype(np.uint8)
    assert palette.threshold(painting).tolist() == labels.tolist()


def test_four_paints_are_the_methods_own() -> None:
    assert palette_of(4).colours == PALETTE


def test_white_is_in_no_range() -> None:
    white = np.full((1, 1, 3), 255, np.uint8)
    assert palette_of(29).threshold(white).tolist() == [[UNDECIDED]]


def test_colours_of_no_paint_go_to_the_nearest() -> None:
    palette = palette_of(29)
    paint = np.asarray(palette.colours[5], np.int32)
    pixel = np.clip(paint + 3, 0, 255).astype(np.uint8).reshape(1, 1, 3)
    assert palette.nearest(pixel).tolist() == [[5]]
