"""The whole network on toy sizes: shapes, determinism, losses that fall."""

import keras
import numpy as np
import pytest

from tests.support.tiny_networks import TINY_PERSON
from worker.networks.mask_rcnn.losses import losses
from worker.networks.mask_rcnn.network import CANVAS, MaskRcnn
from worker.networks.mask_rcnn.subject import rank
from worker.training.gradients import compiled, losses_and_gradients
from worker.training.optimizer import Learner


@pytest.fixture(scope="module")
def network() -> MaskRcnn:
    keras.utils.set_random_seed(0)
    return MaskRcnn(TINY_PERSON)


def batch(people: bool) -> dict[str, np.ndarray]:
    photos = np.zeros((2, 64, 64, 3), np.uint8)
    masks = np.zeros((2, 64, 64), np.float32)
    boxes = np.zeros((2, 3, 4), np.float32)
    if people:
        photos[:, 8:56, 20:40] = 255
        masks[:, 8:56, 20:40] = 1.0
        boxes[:, 0] = np.array([8, 20, 56, 40]) / 64
    noise = np.random.default_rng(0).uniform(-1, 1, (2, 8, 4)).astype(np.float32)
    return {
        "photos": photos,
        "masks": masks,
        "people": boxes,
        "labels": (masks * 3).astype(np.int32),
        "box_noise": noise[:, :6],
        "window_noise": noise[:, 6:],
    }


def test_detections_have_static_shapes_and_sane_ranges(network: MaskRcnn) -> None:
    found = {name: np.asarray(value) for name, value in network(batch(True)["photos"]).items()}
    assert {name: value.shape for name, value in found.items()} == {
        "scores": (2, 2), "classes": (2, 2), "boxes": (2, 2, 4),
        "windows": (2, 2, 4), "masks": (2, 2, 32, 16),
    }  # fmt: skip
    assert 0 <= found["boxes"].min() <= found["boxes"].max() <= 1
    assert 0 <= found["masks"].min() <= found["masks"].max() <= 1
    assert (np.diff(found["scores"], axis=1) <= 0).all()


def test_the_subject_is_the_best_ranked_detection(network: MaskRcnn) -> None:
    photos = batch(True)["photos"]
    found = {name: np.asarray(value) for name, value in network(photos).items()}
    subject = {k: np.asarray(v) for k, v in network.find_subject(photos).items()}
    assert {name: value.shape for name, value in subject.items()} == {
        "score": (2,), "box": (2, 4), "window": (2, 4), "mask": (2, 32, 16),
    }  # fmt: skip
    ranks = np.asarray(rank(found["scores"], found["boxes"], CANVAS))
    for picture in range(2):
        best = int(np.argmax(ranks[picture]))
        assert subject["score"][picture] == found["scores"][picture, best]
        assert np.array_equal(subject["box"][picture], found["boxes"][picture, best])
        assert np.allclose(subject["mask"][picture], found["masks"][picture, best], atol=1e-5)


def test_boxes_stay_inside_the_photos_window(network: MaskRcnn) -> None:
    windows = np.array([[0.2, 0.3, 0.8, 0.7]] * 2, np.float32)
    boxes = np.asarray(network.detect(batch(True)["photos"], windows)["boxes"])
    real = boxes[(boxes != 0).any(axis=-1)]
    assert len(real)
    assert (real >= [0.2 - 1e-6, 0.3 - 1e-6] * 2).all()
    assert (real <= [0.8 + 1e-6, 0.7 + 1e-6] * 2).all()


def test_the_same_photo_gives_the_same_answer(network: MaskRcnn) -> None:
    photos = batch(True)["photos"]
    first, second = network(photos), network(photos)
    assert all(np.array_equal(np.asarray(first[k]), np.asarray(second[k])) for k in first)


def test_rpn_answers_for_every_anchor(network: MaskRcnn) -> None:
    logits, deltas = network.rpn(network.levels(network.prepare(batch(True)["photos"])))
    assert tuple(logits.shape) == (2, len(network.anchors), 2)
    assert tuple(deltas.shape) == (2, len(network.anchors), 4)


def test_a_picture_without_people_has_finite_losses_and_no_mask_loss(network: MaskRcnn) -> None:
    parts = losses(network, batch(False))
    values = {name: float(value) for name, value in parts.items()}
    assert all(np.isfinite(list(values.values())))
    assert values["mask"] == values["rpn_box"] == values["box_delta"] == 0.0


def test_training_moves_every_variable_and_lowers_the_loss(network: MaskRcnn) -> None:
    learner = Learner(network.trainable_variables, rate=3e-3)
    before = [np.asarray(v.value).copy() for v in learner.variables]

    def step(pictures: dict[str, np.ndarray]) -> dict[str, object]:
        parts, _, gradients = losses_and_gradients(
            lambda: (losses(network, pictures), None), learner.variables
        )
        learner.learn(gradients)
        return parts

    run = compiled(step)
    tensors = {k: keras.ops.convert_to_tensor(v) for k, v in batch(True).items()}
    history = [sum(float(v) for v in run(tensors).values()) for _ in range(12)]
    assert history[-1] < 0.9 * history[0]
    still = [
        v.path
        for v, old in zip(learner.variables, before, strict=True)
        if np.array_equal(np.asarray(v.value), old)
    ]
    assert still == []
