"""Folding batch norm changes no number beyond rounding."""

import keras
import numpy as np
import pytest

from tests.support.original_weights import random_tensors
from tests.support.tiny_networks import TINY_COCO
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.networks.mask_rcnn.released.folding import fold, norm_name


@pytest.fixture(scope="module")
def network() -> MaskRcnn:
    network = MaskRcnn(TINY_COCO)
    tensors = random_tensors(network, 3)
    for layer in network.weighted_layers():
        for variable in layer.weights:
            variable.assign(tensors[layer.name][variable.name])
    return network


def test_the_norm_of_each_convolution() -> None:
    names = ("conv1", "res2a_branch1", "mrcnn_class_conv2", "mrcnn_mask_conv4")
    assert [norm_name(name) for name in names] == [
        "bn_conv1", "bn2a_branch1", "mrcnn_class_bn2", "mrcnn_mask_bn4",
    ]  # fmt: skip


def test_the_folded_network_has_no_batch_norm_and_the_same_answers(network: MaskRcnn) -> None:
    folded = fold(network)
    norms = [n for n in folded.weighted_layers() if isinstance(n, keras.layers.BatchNormalization)]
    assert norms == []
    photos = np.random.default_rng(0).integers(0, 256, (2, 128, 128, 3)).astype(np.uint8)
    one, two = (n.levels(n.prepare(photos)) for n in (network, folded))
    for level, features in one.items():
        error = np.abs(np.asarray(features) - np.asarray(two[level])).max()
        assert error < 1e-4 * np.abs(np.asarray(features)).max(), level
    regions = np.array([[[0.1, 0.2, 0.7, 0.9]]] * 2, np.float32)
    for ours, theirs in zip(
        (*network.classify(one, regions), network.masks(one, regions)),
        (*folded.classify(one, regions), folded.masks(one, regions)),
        strict=True,
    ):
        spread = np.abs(np.asarray(ours)).max()
        assert np.abs(np.asarray(ours) - np.asarray(theirs)).max() < 1e-4 * spread


def test_the_original_network_is_untouched(network: MaskRcnn) -> None:
    before = [np.asarray(v.value).copy() for v in network.variables]
    fold(network)
    assert all(np.array_equal(b, v.value) for b, v in zip(before, network.variables, strict=True))
