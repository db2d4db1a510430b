"""Anchors: exact count, order and places."""

import numpy as np

from worker.networks.mask_rcnn.anchors import level_anchors, make_anchors
from worker.networks.mask_rcnn.config import COCO, PERSON


def test_one_level_in_order_row_column_ratio() -> None:
    anchors = level_anchors((16, 32), 16, 8.0, (0.25, 1.0), 0.5)
    assert anchors.tolist() == [
        [0, 6, 16, 10], [4, 4, 12, 12],
        [0, 22, 16, 26], [4, 20, 12, 28],
    ]  # fmt: skip


def test_released_anchors_sit_on_the_corners_of_cells() -> None:
    anchors = level_anchors((20, 32), 16, 8.0, (1.0,), 0.0)
    # 20 pixels are one cell and a bit, which counts as a cell.
    assert anchors.tolist() == [
        [-4, -4, 4, 4], [-4, 12, 4, 20],
        [12, -4, 20, 4], [12, 12, 20, 20],
    ]  # fmt: skip


def test_all_levels_of_the_person_network() -> None:
    anchors = make_anchors(PERSON)
    assert anchors.shape == ((72 * 48 + 36 * 24 + 18 * 12) * 3, 4)
    assert anchors.dtype == np.float32
    areas = np.prod((anchors[:, 2:] - anchors[:, :2]) * PERSON.size_hw, axis=1)
    assert np.allclose(np.unique(np.sqrt(areas).round(1)), PERSON.anchor_sizes)


def test_the_released_network_has_its_261888_anchors() -> None:
    anchors = make_anchors(COCO)
    assert anchors.shape == (261_888, 4)
    # The first: 32 pixels, ratio 0.5 (tall), at the origin, minus the exclusive end, over 1023.
    tall, narrow = 32 * np.sqrt(2) / 2, 32 / np.sqrt(2) / 2
    expected = np.array([-tall, -narrow, tall - 1, narrow - 1]) / 1023
    assert np.allclose(anchors[0], expected, atol=1e-7)
