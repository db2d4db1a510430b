"""Training of the network for pieces: losses by hand, and what a few steps learn."""

import keras
import numpy as np
import pytest

from shared.catalogue.pieces import Piece
from worker.imaging.labels.merges import PARTS
from worker.networks.worn_piece import WornPieceConfig
from worker.training.gradients import compiled
from worker.training.worn_piece.lessons import Lesson
from worker.training.worn_piece.samples import Samples
from worker.training.worn_piece.task import WornPieceTask, overlap, piece_losses

SIZE_HW = (16, 8)


def samples() -> Samples:
    """A top above trousers, painted as one dress: where either seems to be is everywhere."""
    shares = np.zeros((1, *SIZE_HW, len(PARTS)), np.uint8)
    shares[..., PARTS.index("dress")] = 255
    finer = 2 * SIZE_HW[0], 2 * SIZE_HW[1]
    truth = np.zeros((2, *finer), np.uint8)
    truth[0, :16], truth[1, 16:] = 255, 255
    places = [list(Piece).index(piece) for piece in (Piece.TOP, Piece.BOTTOM)]
    seeming = np.full((2, *finer), 180, np.uint8)
    clothes = np.full((1, *finer), 255, np.uint8)
    return Samples(shares, clothes, np.zeros(2, np.int64), np.array(places), seeming, truth)


def task() -> WornPieceTask:
    keras.utils.set_random_seed(0)
    config = WornPieceConfig(SIZE_HW, (8, 8, 8))
    return WornPieceTask([Lesson(samples(), 1.0)], samples(), 8, config)


def test_losses_are_those_of_the_clothes_pixels() -> None:
    """A third of the truth is found for certain, in a picture of which half is clothes."""
    truth = np.array([[[1.0, 1.0, 0.0, 1.0]]], np.float32)
    logits = np.array([[[30.0, -30.0, -30.0, -30.0]]], np.float32)
    clothes = np.array([[[1.0, 1.0, 0.0, 0.0]]], np.float32)
    losses = piece_losses(logits, truth, clothes)
    assert float(losses["pixels"]) == pytest.approx(30.0 / 3.0, abs=1e-3)
    assert float(losses["overlap"]) == pytest.approx(1 - 2.0 / 4.0, abs=1e-3)


def test_the_overlap_is_a_mean_over_pieces() -> None:
    found = np.array([[[0.9, 0.6, 0.2]], [[0.0, 0.0, 0.0]]], np.float32)
    truth = np.array([[[1.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]], np.float32)
    assert overlap(found, truth) == pytest.approx((0.5 + 0.0) / 2)


def test_batches_follow_from_their_seed_and_mirror_all_alike() -> None:
    learner = task()
    one, again = (learner.batch(np.random.default_rng(3)) for _ in range(2))
    assert all((one[name] == again[name]).all() for name in one)
    assert one["canvas"].shape == (8, *SIZE_HW, len(PARTS) + 1)
    assert one["canvas"][..., -1] == pytest.approx(180 / 255)
    assert one["piece"].sum(axis=1).tolist() == [1.0] * 8


def test_it_learns_where_the_piece_is_that_is_named() -> None:
    learner = task()
    before, pictures = learner.validate(1)
    assert before["overlap"] == before["overlap_by_shares"] == pytest.approx(0.5, abs=0.01)
    assert len(pictures) == 2 * 4
    assert (pictures[3][:16] == 255).all()
    assert (pictures[3][16:] == 0).all()
    step = compiled(learner.step)
    for number in range(60):
        batch = learner.batch(np.random.default_rng(number))
        step({name: keras.ops.convert_to_tensor(value) for name, value in batch.items()})
    after, _ = learner.validate(1)
    assert after["overlap"] > 0.8
    assert after["overlap_by_shares"] == before["overlap_by_shares"]
