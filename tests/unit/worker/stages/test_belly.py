"""A top without the bare skin below it."""

import numpy as np
import pytest

from shared.catalogue.kinds import Piece
from worker.imaging.regions import BACKGROUND, CLOTHES, SKIN, LabelMap, Pixels
from worker.stages.belly import without_belly
from worker.stages.product import ProductRegion

TAN = (198, 150, 122)
GREEN = (140, 215, 185)
SKIN_ROWS, TOP_ROWS, END = slice(0, 40), slice(40, 100), 120


def short_top(
    bare_rows: int, cloth: tuple[int, int, int] = GREEN, piece: Piece | None = Piece.TOP
) -> tuple[ProductRegion, Pixels, LabelMap]:
    """Arms above, then a top of sixty rows, of which the last so many are the wearer's skin."""
    pixels = np.full((END, 60, 3), 240, np.uint8)
    labels = np.full((END, 60), BACKGROUND, np.uint8)
    pixels[SKIN_ROWS], labels[SKIN_ROWS] = TAN, SKIN
    pixels[TOP_ROWS], labels[TOP_ROWS] = cloth, CLOTHES
    pixels[TOP_ROWS.stop - bare_rows : TOP_ROWS.stop] = TAN
    return ProductRegion(labels, piece, ("piece_guessed",)), pixels, labels


def test_a_belly_is_no_cloth() -> None:
    product, pixels, labels = short_top(bare_rows=40)
    bare = without_belly(product, pixels, labels)
    expected = labels.copy()
    expected[60:100] = BACKGROUND
    assert (bare.labels == expected).all()
    assert bare.warnings == ("piece_guessed", "skin_in_clothes")
    assert (product.labels == labels).all()


@pytest.mark.parametrize(
    ("bare_rows", "cloth", "piece"),
    [
        (3, GREEN, Piece.TOP),  # a little: a warning tells of it, and colours hardly change
        (56, GREEN, Piece.TOP),  # a nude top with a trim has little else, too
        (60, TAN, Piece.TOP),
        (40, GREEN, Piece.BOTTOM),
        (40, GREEN, None),
    ],
)
def test_all_else_stays(bare_rows: int, cloth: tuple[int, int, int], piece: Piece | None) -> None:
    product, pixels, labels = short_top(bare_rows, cloth, piece)
    assert without_belly(product, pixels, labels) is product


def test_a_belly_in_another_light_is_none_the_less_bare() -> None:
    product, pixels, labels = short_top(bare_rows=40)
    pixels[60:100] = (np.array(TAN) * 1.22).clip(max=255).astype(np.uint8)
    assert (without_belly(product, pixels, labels).labels[60:100] == BACKGROUND).all()


def test_a_waistband_under_the_belly_is_no_part_of_the_top() -> None:
    product, pixels, labels = short_top(bare_rows=40)
    pixels[92:100] = (60, 60, 62)
    assert (without_belly(product, pixels, labels).labels[60:100] == BACKGROUND).all()


def test_a_print_like_skin_is_no_belly() -> None:
    """Stripes like skin down to the hem: bare above as well as below."""
    product, pixels, labels = short_top(bare_rows=0)
    pixels[43:100:6] = pixels[44:100:6] = pixels[45:100:6] = TAN
    assert without_belly(product, pixels, labels) is product


def test_without_skin_or_top_nothing_is_done() -> None:
    product, pixels, labels = short_top(bare_rows=40)
    assert without_belly(product, pixels, np.where(labels == SKIN, BACKGROUND, labels)) is product
    nothing = ProductRegion(np.full_like(labels, BACKGROUND), Piece.TOP)
    assert without_belly(nothing, pixels, labels) is nothing
