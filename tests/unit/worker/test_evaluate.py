"""Figures of an evaluation, by hand."""

import numpy as np
import pytest

from shared.contracts import Shade
from worker.evaluate import Confusion, PhotoFigures, colour_figures
from worker.imaging.palette import paint_labels
from worker.stages.segment import Segments


def segments(labels: list[list[int]], agreement: float = 1.0) -> Segments:
    found = np.array(labels, np.uint8)
    return Segments(found, paint_labels(found), np.ones(found.shape, np.float32), agreement)


def shade(family: str, lightness: float) -> Shade:
    return Shade("#000000", (lightness, 0.0, 0.0), 1.0, family, family)


def test_iou_is_pooled_over_photos() -> None:
    confusion = Confusion()
    everywhere = np.ones((1, 4), bool)
    confusion.add(np.array([[0, 1, 3, 3]], np.uint8), segments([[0, 1, 3, 0]], 1.0), everywhere)
    confusion.add(np.array([[0, 3, 3, 3]], np.uint8), segments([[3, 3, 3, 3]], 0.5), everywhere)
    figures = confusion.figures()
    assert figures["pixel_accuracy"] == 6 / 8
    assert figures["iou"] == {"background": 1 / 3, "skin": 1.0, "clothes": 4 / 6}
    assert figures["mean_iou"] == pytest.approx((1 / 3 + 1 + 4 / 6) / 3)
    assert figures["palette_agreement"] == 0.75


def test_colours_are_compared_by_family_and_difference() -> None:
    photos = [
        PhotoFigures("a", 1.0, shade("black", 10), shade("black", 10)),
        PhotoFigures("b", 1.0, shade("black", 10), shade("grey", 50)),
        PhotoFigures("c", 1.0, None, shade("grey", 50)),
        PhotoFigures("d", 1.0, shade("grey", 50), None),
    ]
    figures = colour_figures(photos)
    assert figures["family_agreement"] == pytest.approx(1 / 3)
    assert figures["delta_e2000_median"] is not None
    assert 10 < figures["delta_e2000_median"] < 40


def test_a_folder_without_clothes_has_no_colour_figures() -> None:
    assert set(colour_figures([]).values()) == {None}
