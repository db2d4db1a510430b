"""Which of the clothes are for sale."""

import numpy as np
import pytest

from shared.catalogue.kinds import Piece, PieceReading
from shared.catalogue.pieces import Pieces
from shared.colour.naming import Naming
from shared.contracts.results import Region
from tests.support.figure import HEIGHT, figure
from worker.imaging.colours.sample import working_picture
from worker.imaging.person.piece import PieceTable
from worker.imaging.regions import BACKGROUND, CLOTHES
from worker.stages.colours import colours
from worker.stages.product import ProductFinder

FIND = ProductFinder(Pieces.load(), PieceTable.load())


@pytest.mark.parametrize(
    ("category", "piece", "family"),
    [
        ("Shirts & Tops", Piece.TOP, "red"),
        ("Herren/Hosen", Piece.BOTTOM, "blue"),
        ("Shoes", Piece.SHOES, "black"),
        ("Handbags", Piece.BAG, "yellow"),
    ],
)
def test_the_colours_are_those_of_the_piece_for_sale(
    category: str, piece: Piece, family: str
) -> None:
    pixels, labels = figure(bag=True)
    product = FIND(pixels, labels, "person", category)
    assert product.piece is piece
    assert product.warnings == ()
    assert (product.labels[labels != CLOTHES] == labels[labels != CLOTHES]).all()
    shades = colours(working_picture(pixels, product.labels), Naming.load())
    assert shades[Region.CLOTHES][0].family == family
    whole = colours(working_picture(pixels, labels), Naming.load())
    assert shades[Region.HAIR][0].family == whole[Region.HAIR][0].family


@pytest.mark.parametrize("category", [None, "Clothing", "Suits", "Shoes & Bags"])
def test_without_a_piece_all_clothes_stay(category: str | None) -> None:
    pixels, labels = figure()
    product = FIND(pixels, labels, "person", category)
    assert (product.labels == labels).all()
    assert (product.piece, product.warnings) == (None, ())


def test_the_title_is_read_where_the_category_says_nothing() -> None:
    pixels, labels = figure()
    product = FIND(pixels, labels, "person", "Sale", "Slim jeans with belt")
    assert (product.piece, product.warnings) == (Piece.BOTTOM, ())
    assert product.reading == PieceReading(Piece.BOTTOM, "title", "jeans")
    assert FIND(pixels, labels, "person", "Tops", "Slim jeans").piece is Piece.TOP


@pytest.mark.parametrize("category", ["Jewelry", "Herren/Krawatten", "Belts"])
def test_what_is_too_small_to_be_found_leaves_all_clothes_and_a_warning(category: str) -> None:
    pixels, labels = figure()
    product = FIND(pixels, labels, "person", category)
    assert (product.labels == labels).all()
    assert (product.piece, product.warnings) == (None, ("piece_not_found",))
    assert FIND(pixels, labels, "packshot", category).warnings == ()


@pytest.mark.parametrize("piece", list(Piece))
def test_no_piece_is_unknown_to_the_finder(piece: Piece) -> None:
    pixels, labels = figure(bag=True)
    product = FIND(pixels, labels, "person", piece.value)
    assert product.reading.piece is piece
    assert (product.piece is piece) is (product.warnings == ())


def test_a_packshot_is_never_restricted() -> None:
    pixels, labels = figure()
    product = FIND(pixels, labels, "packshot", "Shoes")
    assert (product.labels == labels).all()
    assert (product.piece, product.warnings) == (None, ())


def test_a_piece_that_is_not_to_be_seen_leaves_all_clothes_and_a_warning() -> None:
    pixels, labels = (each[: 20 + round(0.6 * HEIGHT)].copy() for each in figure())
    product = FIND(pixels, labels, "person", "Shoes")
    assert (product.labels == labels).all()
    assert (product.piece, product.warnings) == (None, ("piece_not_found",))


def test_the_labels_that_were_given_stay_as_they_were() -> None:
    pixels, labels = figure()
    before = labels.copy()
    product = FIND(pixels, labels, "person", "Shoes")
    assert (labels == before).all()
    assert set(np.unique(product.labels[labels == CLOTHES])) == {BACKGROUND, CLOTHES}
