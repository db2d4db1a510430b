"""The network that says where a piece is: its shapes, its start, and what tells it the piece."""

from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt
import pytest

from shared.catalogue.pieces import Piece
from worker.networks.frozen import freeze, kept, thaw
from worker.networks.worn_piece import (
    CHANNELS,
    WornPieceConfig,
    build_worn_piece,
    compile_worn_piece,
    logit,
)

SMALL = WornPieceConfig((16, 8), (4, 8, 8))


def canvases(count: int = 2) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, 16, 8, CHANNELS)).astype(np.uint8)


def rows(*places: int) -> npt.NDArray[np.float32]:
    return np.eye(len(Piece), dtype=np.float32)[list(places)]


@pytest.fixture
def network() -> keras.Model:
    """One that has learned something, by chance."""
    keras.utils.set_random_seed(0)
    network = build_worn_piece(SMALL)
    rng = np.random.default_rng(0)
    for variable in cast("list[Any]", network.trainable_variables):
        value = np.asarray(variable.value, np.float32)
        variable.assign(value + rng.normal(0, 0.2, value.shape).astype(np.float32))
    return network


def test_what_has_learned_nothing_corrects_nothing() -> None:
    found = compile_worn_piece(build_worn_piece(SMALL))(canvases(), rows(0, 3))
    assert found.shape == (2, 16, 8)
    assert found.dtype == np.float32
    assert (found == 0).all()


def test_the_answer_depends_on_the_piece_that_is_named(network: keras.Model) -> None:
    run = compile_worn_piece(network)
    both = run(np.repeat(canvases(1), 2, axis=0), rows(0, 3))
    assert np.abs(both[0] - both[1]).max() > 0.01
    np.testing.assert_allclose(run(canvases(1), rows(3))[0], both[1], atol=1e-5)


def test_frozen_it_answers_as_before(network: keras.Model) -> None:
    live = compile_worn_piece(network)
    thawed: Any = thaw(kept(freeze(live, network)), "float32")
    assert (thawed.size_hw, thawed.rows, thawed.channels) == ((16, 8), (len(Piece),), CHANNELS)
    answers = live(canvases(), rows(1, 5)), thawed(canvases(), rows(1, 5))
    np.testing.assert_allclose(*answers, rtol=1e-3, atol=1e-4)


def test_a_canvas_of_another_kind_is_refused(network: keras.Model) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        compile_worn_piece(network)(canvases()[..., :3], rows(0, 0))


def test_no_share_has_an_endless_logit() -> None:
    found = np.asarray(logit(np.array([0.0, 0.5, 1.0], np.float32)))
    np.testing.assert_allclose(found, [-4.615, 0.0, 4.615], atol=1e-3)
