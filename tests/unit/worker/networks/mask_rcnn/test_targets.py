"""Training targets."""

import numpy as np

from tests.support.tiny_networks import TINY_PERSON
from worker.networks.mask_rcnn.targets import (
    anchor_targets,
    jitter,
    mask_targets,
    region_targets,
)

PERSON_BOX = [8, 8, 40, 24]
PEOPLE = np.array([[PERSON_BOX, [0, 0, 0, 0]], [[0, 0, 0, 0]] * 2], np.float32)


def test_good_anchors_are_positive_and_poor_ones_negative() -> None:
    anchors = np.array([PERSON_BOX, [8, 8, 40, 40], [50, 50, 60, 60]], np.float32)
    positive, negative, matched = (np.asarray(x) for x in anchor_targets(anchors, PEOPLE))
    assert positive.tolist() == [[1, 1, 0], [0, 0, 0]]
    assert negative.tolist() == [[0, 0, 1], [1, 1, 1]]
    assert matched[0, 1].tolist() == PERSON_BOX


def test_the_best_anchor_counts_however_poor() -> None:
    anchors = np.array([[30, 8, 60, 24], [0, 0, 64, 64]], np.float32)
    positive, _, _ = (np.asarray(x) for x in anchor_targets(anchors, PEOPLE))
    assert positive[0].tolist() == [1, 0]


def test_regions_match_by_half_overlap() -> None:
    regions = np.array([[[8, 8, 40, 25], [8, 8, 16, 24]]] * 2, np.float32)
    positive, matched, index = (np.asarray(x) for x in region_targets(regions, PEOPLE))
    assert positive.tolist() == [[1, 0], [0, 0]]
    assert matched[0, 0].tolist() == PERSON_BOX
    assert index[0].tolist() == [0, 0]


def test_jitter_moves_sides_by_a_share_of_the_box() -> None:
    noise = np.zeros((2, 6, 4), np.float32)
    noise[:, 1] = [1, -1, 0.5, 0]
    near = np.asarray(jitter(PEOPLE, noise))
    assert near.shape == (2, 6, 4)
    assert near[0, 0].tolist() == near[0, 2].tolist() == PERSON_BOX
    assert np.allclose(near[0, 1] - PERSON_BOX, [0.12 * 32, -0.12 * 16, 0.06 * 32, 0])
    assert (near[1] == 0).all()
    assert (near[0, 3:] == 0).all()


def test_mask_targets_are_the_mask_under_the_window() -> None:
    masks = np.zeros((1, 64, 64), np.float32)
    masks[:, 16:48, 16:32] = 1.0
    windows = np.array([[[0.0, 0.0, 1.0, 0.5]]], np.float32)
    target = np.asarray(mask_targets(masks, windows, TINY_PERSON))
    assert target.shape == (1, 1, 32, 16)
    inside, outside = [0.0] * 8 + [1.0] * 8, [0.0] * 16
    assert target[0, 0].tolist() == [outside] * 8 + [inside] * 16 + [outside] * 8
