"""What a shop's words for a category mean, and how a retailer's own lexicon is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalogue.pieces import Piece, Pieces, PiecesError

PIECES = Pieces.load()
HEADER = "word,language,piece\n"


@pytest.mark.parametrize(
    ("category", "piece"),
    [
        ("Apparel & Accessories > Clothing > Dresses", "dress"),
        ("Apparel & Accessories > Clothing > Shirts & Tops", "top"),
        ("5598 - Apparel & Accessories > Clothing > Outerwear > Coats & Jackets", "outerwear"),
        ("Apparel & Accessories > Handbags, Wallets & Cases", "bag"),
        ("2271", "dress"),
        (" 187 ", "shoes"),
        ("Herren/Hosen", "bottom"),
        ("Herren > Hosen > Slim Fit", "bottom"),
        ("Women - Dresses", "dress"),
        ("sneakers", "shoes"),
        ("MÄNTEL", "outerwear"),
        ("Maentel", "outerwear"),
        ("Lederjacke", "outerwear"),
        ("Umhängetaschen", "bag"),
        ("Sonnenhut", "headwear"),
        ("Strumpfhosen", "legwear"),  # not the Hosen in it
        ("Blusenkleid", "dress"),
        ("Shirt dress", "dress"),
        ("Dress shirts", "top"),
        ("Short sleeve shirts", "top"),
        ("Robe chemise", "dress"),
        ("Pantalon de jogging", "bottom"),
        ("Sacs à main", "bag"),
        ("Gonne", "bottom"),
        ("Camisetas", "top"),
        ("Women’s Pants", "bottom"),
    ],
)
def test_the_last_step_that_is_understood_names_the_piece(category: str, piece: str) -> None:
    assert PIECES.of(category) == Piece(piece)


@pytest.mark.parametrize(
    "category",
    [
        None,
        "",
        "Clothing",
        "Bekleidung",
        "Sale > -50 %",
        "166",
        "99999999",
        "Shoes & Bags",
        "Kleider und Röcke",
        "Handschuhe",  # no shoes
        "Unterhosen",  # no trousers
        "Hosenanzug",
        "Jewelry > Rings",
        "Shoes > Shoelaces",
        "Schutz",  # no hat
    ],
)
def test_what_names_no_single_piece_with_a_place_is_the_whole_outfit(category: str | None) -> None:
    assert PIECES.of(category) is None


@given(st.text(max_size=60))
def test_any_text_is_read(category: str) -> None:
    assert PIECES.of(category) in (None, *Piece)


def test_a_retailers_own_lexicon_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(HEADER + "Beinkleid,de,bottom\nDR-,en,dress\nSuit,en,whole\n", "utf-8")
    pieces = Pieces.load(own)
    assert pieces.of("Damenbeinkleid") is Piece.BOTTOM
    assert pieces.of("DR-4711 > x") is Piece.DRESS
    assert pieces.of("dr") is Piece.DRESS
    assert pieces.of("suits") is None
    assert pieces.of("dresses") is None
    assert pieces.version != PIECES.version


def test_line_endings_are_no_content(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_bytes(b"word,language,piece\nskirt,en,bottom\n")
    two.write_bytes(b"\xef\xbb\xbfword,language,piece\r\nskirt,en,bottom\r\n")
    assert Pieces.load(one).version == Pieces.load(two).version


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("word,piece\n", "column language is missing"),
        (HEADER, "holds no words"),
        (HEADER + "skirt,xx,bottom\n", "line 2: there is no language 'xx'"),
        (
            HEADER + "skirt,en,bottom\ntop,en,tpo\n",
            "line 3: there is no piece 'tpo'; there are top",
        ),
        (HEADER + "-,en,top\n", "line 2: expected 1 to 6 words"),
        (HEADER + "a b c d e f g,en,top\n", "line 2: expected 1 to 6 words"),
    ],
)
def test_a_bad_lexicon_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    lexicon = tmp_path / "own.csv"
    lexicon.write_text(text, "utf-8")
    with pytest.raises(PiecesError, match=complaint) as caught:
        Pieces.load(lexicon)
    assert str(lexicon) in str(caught.value)


def test_a_missing_lexicon_is_named(tmp_path: Path) -> None:
    with pytest.raises(PiecesError, match="cannot read this lexicon"):
        Pieces.load(tmp_path / "none.csv")
