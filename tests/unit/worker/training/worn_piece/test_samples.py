"""What the network for pieces learns from: planes where production looks, and where labels lie."""

import numpy as np
import pytest

from shared.catalogue.pieces import Piece
from worker.imaging.box import fit_box
from worker.imaging.labels.merges import PARTS
from worker.imaging.part_shares import PartShares
from worker.imaging.regions import BACKGROUND, CLOTHES, SKIN, LabelMap
from worker.training.worn_piece.samples import Samples, SeenPicture, at_painting

CANVAS_HW = (176, 80)
PHOTO_HW = (120, 100)
BOX = (10, 20, 110, 60)
"""Of the photo: 100 rows and 40 columns, which fill the canvas's height."""

TOP, BOTTOM = PARTS.index("top"), PARTS.index("bottom")


def parts() -> PartShares:
    """A top above trousers; the box's own place on the canvas is that of its fit."""
    fit = fit_box(BOX, CANVAS_HW)
    shares = np.zeros((88, 40, len(PARTS)), np.uint8)
    shares[:44, :, TOP] = 255
    shares[44:, :, BOTTOM] = 255
    return PartShares(shares, BOX, fit)


def labels() -> LabelMap:
    """The same in the photo, and a bag of ten pixels."""
    drawn = np.zeros(PHOTO_HW, np.uint8)
    drawn[10:60, 20:60], drawn[60:110, 20:60] = TOP, BOTTOM
    drawn[100:110, 59] = PARTS.index("bag")
    return drawn


def regions() -> LabelMap:
    """All of it is clothes, but for the lowest fifth, which is taken for skin."""
    found = np.where(labels() > 0, CLOTHES, BACKGROUND).astype(np.uint8)
    found[90:110, 20:60] = SKIN
    return found


def test_a_mask_lies_where_its_pixels_lie_on_the_canvas() -> None:
    plane = at_painting(labels() == TOP, parts())
    fit = parts().fit
    assert plane.shape == CANVAS_HW
    top, left, bottom, right = fit.window_yxyx
    middle = (top + bottom) // 2
    assert (plane[top : middle - 1, left:right] == 1).all()
    assert (plane[middle + 1 :] == 0).all()
    assert plane[:, :left].sum() == plane[:, right:].sum() == 0


def test_pieces_of_some_size_are_seen_with_their_labels() -> None:
    seen = SeenPicture.of(parts(), regions(), labels(), (22, 10))
    assert seen.shares.shape == (22, 10, len(PARTS))
    assert [piece.piece for piece in seen.pieces] == [Piece.TOP, Piece.BOTTOM]
    top = seen.pieces[0]
    assert top.seeming.shape == top.truth.shape == (44, 20)
    assert (top.seeming[:22] == 255).all()
    assert (top.seeming[22:] == 0).all()
    rows = np.flatnonzero(top.truth.max(axis=1) > 200)
    assert (rows[0], rows[-1]) == (0, 21)
    assert (np.flatnonzero(seen.clothes.max(axis=1) > 200)[[0, -1]] == (0, 34)).all()


def test_what_nothing_looks_like_seems_to_be_nowhere() -> None:
    drawn = labels()
    drawn[10:60, 20:60] = PARTS.index("scarf")
    scarf = next(
        p for p in SeenPicture.of(parts(), regions(), drawn, (22, 10)).pieces if p.piece == "scarf"
    )
    assert not scarf.seeming.any()
    assert scarf.truth.any()


def test_samples_know_their_pictures() -> None:
    one = SeenPicture.of(parts(), regions(), labels(), (22, 10))
    only_top = SeenPicture(one.shares, one.clothes, one.pieces[:1])
    samples = Samples.of([one, only_top])
    assert len(samples) == 3
    assert samples.picture.tolist() == [0, 0, 1]
    assert samples.piece.tolist() == [
        list(Piece).index(p) for p in (Piece.TOP, Piece.BOTTOM, Piece.TOP)
    ]
    assert samples.truth.shape == (3, 44, 20)


def test_pictures_without_a_piece_teach_nothing() -> None:
    nobody = SeenPicture(np.zeros((22, 10, len(PARTS)), np.uint8), np.zeros((44, 20), np.uint8), [])
    with pytest.raises(ValueError, match="none of these pictures has a labelled piece"):
        Samples.of([nobody])
