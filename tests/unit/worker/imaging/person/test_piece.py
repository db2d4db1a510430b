"""Where a piece of an outfit is found."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shared.catalogue.pieces import Piece
from tests.support.figure import (
    BAG_RGB,
    BOTTOM_RGB,
    HEIGHT,
    SHOES_RGB,
    TOP_RGB,
    figure,
    share_of,
)
from worker.imaging.person.piece import SHAPE, PieceTable, find_piece
from worker.imaging.regions import CLOTHES

TABLE = PieceTable.load()


@pytest.mark.parametrize(
    ("piece", "rgb"),
    [
        (Piece.TOP, TOP_RGB),
        (Piece.BOTTOM, BOTTOM_RGB),
        (Piece.SHOES, SHOES_RGB),
        (Piece.BAG, BAG_RGB),
    ],
)
def test_a_piece_is_found_where_it_is_worn(piece: Piece, rgb: tuple[int, int, int]) -> None:
    pixels, labels = figure(bag=True)
    found = find_piece(pixels, labels, piece, TABLE)
    assert found is not None
    assert found.shape == labels.shape
    assert found.dtype == np.bool_
    assert not found[labels != CLOTHES].any()
    assert share_of(pixels, found, rgb) > 0.95
    its_own = (pixels == rgb).all(axis=-1) & (labels == CLOTHES)
    assert (found & its_own).sum() > 0.6 * its_own.sum()


@pytest.mark.parametrize(
    ("rows", "piece", "rgb"),
    [
        (slice(0, 20 + round(0.6 * HEIGHT)), Piece.TOP, TOP_RGB),  # head to thighs
        (slice(20 + round(0.12 * HEIGHT), 20 + round(0.6 * HEIGHT)), Piece.TOP, TOP_RGB),  # no head
        (slice(20 + round(0.4 * HEIGHT), None), Piece.BOTTOM, BOTTOM_RGB),  # waist to feet
        (slice(20 + round(0.8 * HEIGHT), None), Piece.SHOES, SHOES_RGB),  # feet
    ],
)
def test_a_cut_picture_is_read_as_a_part_of_a_body(
    rows: slice, piece: Piece, rgb: tuple[int, int, int]
) -> None:
    pixels, labels = (np.ascontiguousarray(each[rows]) for each in figure())
    found = find_piece(pixels, labels, piece, TABLE)
    assert found is not None
    assert share_of(pixels, found, rgb) > 0.9


def test_clothes_of_one_colour_are_found_by_their_place_alone() -> None:
    pixels, labels = figure()
    pixels[labels == CLOTHES] = (90, 90, 90)
    shoes, top = (find_piece(pixels, labels, p, TABLE) for p in (Piece.SHOES, Piece.TOP))
    assert shoes is not None
    assert top is not None
    assert np.nonzero(shoes)[0].min() > 20 + 0.8 * HEIGHT
    assert np.median(np.nonzero(top)[0]) < 20 + 0.5 * HEIGHT


def test_shoes_are_not_found_where_the_picture_ends_above_them() -> None:
    pixels, labels = (each[: 20 + round(0.6 * HEIGHT)].copy() for each in figure())
    assert find_piece(pixels, labels, Piece.SHOES, TABLE) is None


def test_without_clothes_or_anybody_nothing_is_found() -> None:
    pixels, labels = figure()
    assert find_piece(pixels, np.zeros_like(labels), Piece.TOP, TABLE) is None
    labels[labels == CLOTHES] = 1
    assert find_piece(pixels, labels, Piece.TOP, TABLE) is None


def test_the_same_picture_gives_the_same_answer_and_stays_as_it_was() -> None:
    pixels, labels = figure(bag=True)
    before = pixels.copy(), labels.copy()
    one, two = (find_piece(pixels, labels, Piece.BAG, TABLE) for _ in range(2))
    assert one is not None
    assert two is not None
    assert (one == two).all()
    assert (pixels == before[0]).all()
    assert (labels == before[1]).all()


@given(
    labels=st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
        lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 3))
    ),
    piece=st.sampled_from(Piece),
    seed=st.integers(0, 99),
)
def test_whatever_the_labels_a_part_of_the_clothes_is_found_or_none(
    labels: np.ndarray, piece: Piece, seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (*labels.shape, 3), np.uint8)
    found = find_piece(pixels, labels, piece, TABLE)
    assert found is None or (found.any() and not found[labels != CLOTHES].any())


def test_shapes_that_do_not_fit_are_told() -> None:
    pixels, labels = figure()
    with pytest.raises(ValueError, match=r"expected pixels \(520, 240, 3\), got \(519, 240, 3\)"):
        find_piece(pixels[1:], labels, Piece.TOP, TABLE)


def test_the_bundled_table_knows_every_piece_and_reads_as_it_was_written(tmp_path: Path) -> None:
    assert set(TABLE.pieces) == set(Piece)
    assert TABLE.prior.shape == (len(Piece), *SHAPE)
    assert 0 <= TABLE.prior.min() <= TABLE.prior.max() <= 1
    copies = tmp_path / "one.npz", tmp_path / "two.npz"
    for copy in copies:
        TABLE.save(copy)
    again = PieceTable.load(copies[0])
    assert again.pieces == TABLE.pieces
    assert (again.prior == TABLE.prior).all()
    assert (again.body.spread == TABLE.body.spread).all()
    assert copies[0].read_bytes() == copies[1].read_bytes()
