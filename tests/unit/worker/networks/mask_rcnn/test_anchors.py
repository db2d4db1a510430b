"""Anchors: exact count, order and places."""

import numpy as np

from worker.networks.mask_rcnn.anchors import level_anchors, make_anchors
from worker.networks.mask_rcnn.config import PERSON


def test_one_level_in_order_row_column_ratio() -> None:
    anchors = level_anchors((16, 32), 16, 8.0, (0.25, 1.0))
    assert anchors.tolist() == [
        [0, 6, 16, 10], [4, 4, 12, 12],
        [0, 22, 16, 26], [4, 20, 12, 28],
    ]  # fmt: skip


def test_all_levels_of_the_person_network() -> None:
    anchors = make_anchors(PERSON)
    assert anchors.shape == ((64 * 48 + 32 * 24 + 16 * 12) * 3, 4)
    assert anchors.dtype == np.float32
    areas = np.prod(anchors[:, 2:] - anchors[:, :2], axis=1)
    assert np.allclose(np.unique(np.sqrt(areas).round(1)), PERSON.anchor_sizes)
