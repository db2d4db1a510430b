"""Stages ``grey_fill`` and ``segment``: exact pixels."""

from typing import Any

import numpy as np

from worker.imaging.canvas import GREY
from worker.imaging.palette import paint_labels
from worker.networks.compiled import Compiled
from worker.stages.grey_fill import MARGIN, grey_fill, widen
from worker.stages.segment import read_painting, segment, segment_packshot

LABELS = np.repeat(np.arange(4, dtype=np.uint8), 16)[None].repeat(32, axis=0)
EVERYWHERE = np.ones(LABELS.shape, bool)


def test_grey_fill_leaves_the_visible_and_its_input() -> None:
    pixels = np.full((2, 2, 3), 9, np.uint8)
    filled = grey_fill(pixels, np.array([[True, False], [False, True]]))
    assert filled[..., 0].tolist() == [[9, GREY], [GREY, 9]]
    assert (pixels == 9).all()


def test_widening_grows_by_the_margin_on_every_side() -> None:
    mask = np.zeros((500, 300), bool)
    mask[200:300, 100:200] = True
    radius = round(500 * MARGIN)
    grown = widen(mask)
    assert np.flatnonzero(grown.any(axis=1))[[0, -1]].tolist() == [200 - radius, 299 + radius]
    assert np.flatnonzero(grown.any(axis=0))[[0, -1]].tolist() == [100 - radius, 199 + radius]


def test_a_clean_painting_is_read_exactly() -> None:
    segments = read_painting(paint_labels(LABELS), EVERYWHERE)
    assert np.array_equal(segments.labels, LABELS)
    assert segments.palette_agreement == 1.0
    assert segments.confidence.min() == 1.0


def test_what_is_hidden_is_background_whatever_is_painted() -> None:
    visible = EVERYWHERE.copy()
    visible[:16] = False
    segments = read_painting(paint_labels(LABELS), visible)
    assert (segments.labels[:16] == 0).all()
    assert np.array_equal(segments.labels[16:], LABELS[16:])


def test_a_pixel_in_no_range_goes_to_the_nearest_and_counts_against_confidence() -> None:
    painting = paint_labels(LABELS)
    painting[0, 63] = (150, 150, 200)
    segments = read_painting(painting, EVERYWHERE)
    assert segments.labels[0, 63] == 3
    assert segments.confidence[0, 63] == 0.0
    assert segments.palette_agreement == 1 - 1 / LABELS.size


def test_the_network_sees_its_canvas_and_the_photo_gets_its_own_size() -> None:
    network: Compiled[Any] = Compiled(lambda canvases: canvases, (64, 64))
    segments = segment(paint_labels(LABELS), EVERYWHERE, network)
    assert segments.labels.shape == LABELS.shape
    assert (segments.labels == LABELS).mean() > 0.95


def test_all_of_a_packshot_is_clothes() -> None:
    segments = segment_packshot(np.array([[True, False]]))
    assert segments.labels.tolist() == [[3, 0]]
    assert segments.paint.tolist() == [[[0, 0, 255], [0, 0, 0]]]
