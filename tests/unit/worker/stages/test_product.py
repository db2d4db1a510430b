"""Which of the clothes are for sale."""

from dataclasses import replace

import numpy as np
import pytest

from shared.catalogue.kinds import Piece, PieceReading
from shared.catalogue.pieces import Pieces
from shared.colour.naming import Naming
from shared.contracts.results import Region
from tests.support.figure import SHOES_RGB, figure, segments, share_of
from worker.imaging.colours.sample import working_picture
from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Pixels
from worker.stages.colours import colours
from worker.stages.product import ProductFinder, ProductRegion
from worker.stages.segment import Segments

FIND = ProductFinder(Pieces.load())


def find(
    category: str | None, title: str | None = None, *, bag: bool = False
) -> tuple[Pixels, LabelMap, ProductRegion]:
    pixels, labels = figure(bag=bag)
    return pixels, labels, FIND(segments(pixels, labels), "person", category, title)


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
    pixels, labels, product = find(category, bag=True)
    assert product.piece is piece
    assert product.warnings == ()
    assert product.certainty == pytest.approx(1.0, abs=0.02)
    assert (product.labels[labels != CLOTHES] == labels[labels != CLOTHES]).all()
    shades = colours(working_picture(pixels, product.labels), Naming.load())
    assert shades[Region.CLOTHES][0].family == family
    whole = colours(working_picture(pixels, labels), Naming.load())
    assert shades[Region.HAIR][0].family == whole[Region.HAIR][0].family


def test_the_title_says_what_the_category_does_not() -> None:
    _, _, product = find("Sale", "Slim jeans with belt")
    assert (product.piece, product.warnings) == (Piece.BOTTOM, ())
    assert product.reading == PieceReading(Piece.BOTTOM, "title", "jeans")
    assert find("Tops", "Slim jeans")[2].piece is Piece.TOP


@pytest.mark.parametrize("category", [None, "Clothing"])
def test_without_a_word_it_is_what_the_picture_is_about(category: str | None) -> None:
    pixels, _, product = find(category)
    assert (product.piece, product.warnings) == (Piece.BOTTOM, ("piece_guessed",))
    assert share_of(pixels, product.labels == CLOTHES, SHOES_RGB) == 0


def test_where_all_that_is_worn_is_for_sale_all_clothes_stay() -> None:
    _, labels, product = find("Suits")
    assert (product.labels == labels).all()
    assert (product.piece, product.warnings) == (None, ())


@pytest.mark.parametrize("category", ["Jewelry", "Herren/Krawatten", "Handbags", "Scarves"])
def test_what_is_not_in_the_picture_has_no_clothes(category: str) -> None:
    _, labels, product = find(category)
    assert not (product.labels == CLOTHES).any()
    assert (product.labels[labels != CLOTHES] == labels[labels != CLOTHES]).all()
    assert (product.piece, product.warnings) == (None, ("piece_not_found",))


def zipped(collar: float) -> tuple[LabelMap, Segments]:
    """The figure's top as a jacket, but for a share of it at the collar, which is a shirt."""
    pixels, labels = figure()
    painted = segments(pixels, labels)
    assert painted.parts is not None
    shares, top = painted.parts.shares.copy(), PARTS.index("top")
    rows = np.flatnonzero(shares[..., top].any(axis=1))
    rows = rows[round(collar * len(rows)) :]
    shares[rows, :, PARTS.index("outerwear")] = shares[rows, :, top]
    shares[rows, :, top] = 0
    return labels, replace(painted, parts=replace(painted.parts, shares=shares))


@pytest.mark.parametrize("category", ["Hoodies & Sweatshirts", "Cardigans", "Fleece tops"])
@pytest.mark.parametrize(("collar", "jacket"), [(0.15, True), (0.7, False)])
def test_of_a_layer_the_larger_of_top_and_jacket_is_for_sale(
    category: str, collar: float, jacket: bool
) -> None:
    labels, painted = zipped(collar)
    product = FIND(painted, "person", category)
    of_each = {word: FIND(painted, "person", word).labels for word in ("T-shirts", "Coats")}
    np.testing.assert_array_equal(product.labels, of_each["Coats" if jacket else "T-shirts"])
    assert (of_each["Coats"] != of_each["T-shirts"]).any()
    assert product.piece is product.reading.piece
    assert (product.labels != labels).any()


def test_a_layer_over_a_dress_is_not_the_dress() -> None:
    _, painted = zipped(0)
    assert painted.parts is not None
    shares = painted.parts.shares.copy()
    bottom, dress = (PARTS.index(name) for name in ("bottom", "dress"))
    shares[..., dress], shares[..., bottom] = shares[..., bottom], 0
    painted = replace(painted, parts=replace(painted.parts, shares=shares))
    hoodie, coat = (FIND(painted, "person", word) for word in ("Hoodies", "Coats"))
    np.testing.assert_array_equal(hoodie.labels, coat.labels)


def test_what_is_sold_as_a_jacket_is_the_top_where_nobody_wears_one() -> None:
    pixels, labels = figure()
    painted = segments(pixels, labels)
    jacket, top = (FIND(painted, "person", word) for word in ("Jackets", "T-shirts"))
    np.testing.assert_array_equal(jacket.labels, top.labels)
    assert (jacket.piece, jacket.warnings) == (Piece.OUTERWEAR, ())
    _, coat = zipped(0)
    assert FIND(coat, "person", "T-shirts").warnings == ("piece_not_found",)


def test_a_setting_gives_the_outfit_instead() -> None:
    pixels, labels = figure()
    finder = ProductFinder(Pieces.load(), missing="outfit")
    product = finder(segments(pixels, labels), "person", "Handbags")
    assert (product.labels == labels).all()
    assert product.warnings == ("piece_not_found",)


@pytest.mark.parametrize("piece", list(Piece))
def test_no_piece_is_unknown_to_the_finder(piece: Piece) -> None:
    _, _, product = find(piece.value, bag=True)
    assert product.reading.piece is piece
    assert (product.piece is piece) is (product.warnings == ())


def test_a_packshot_is_never_restricted() -> None:
    pixels, labels = figure()
    alone = replace(segments(pixels, labels), parts=None)
    for category in ("Shoes", "Jewelry", None):
        product = FIND(alone, "packshot", category)
        assert (product.labels == labels).all()
        assert (product.piece, product.warnings) == (None, ())


def test_certainty_is_the_painter_s() -> None:
    pixels, labels = figure()
    product = FIND(segments(pixels, labels, sure=0.7), "person", "Shoes")
    assert product.certainty == pytest.approx(0.7, abs=0.02)


def test_the_labels_that_were_given_stay_as_they_were() -> None:
    pixels, labels = figure()
    before = labels.copy()
    product = FIND(segments(pixels, labels), "person", "Shoes")
    assert (labels == before).all()
    assert set(np.unique(product.labels[labels == CLOTHES])) == {BACKGROUND, CLOTHES}
