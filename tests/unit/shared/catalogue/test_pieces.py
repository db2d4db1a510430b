"""What a shop's words for a category mean, and how a retailer's own lexicon is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalogue.kinds import NOT_READ, NoPiece, Piece, PieceReading
from shared.catalogue.pieces import Pieces, PiecesError

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


@pytest.mark.parametrize(
    ("category", "piece"),
    [
        ("Bras & Tanks", "top"),
        ("Jeans & Denim", "bottom"),
        ("Kurtas", "top"),
        ("Formal Shoes", "shoes"),
        ("Flip Flops", "shoes"),
        ("Hoodies & Sweatshirts", "top"),
        ("Shirts, Tops & Tees", "top"),
        ("Innerwear Vests", "top"),
        ("Knit & Jersey Dresses", "dress"),
        ("Gürtel", "belt"),
        ("Belt bags", "bag"),
        ("Bags for women", "bag"),
        ("Taschen für Damen", "bag"),
        ("Chaussures & Baskets", "shoes"),
        ("Scarpe, Stivali e Sandali", "shoes"),
        ("Camisetas y Tops", "top"),
    ],
)
def test_several_words_that_mean_one_piece_name_it(category: str, piece: str) -> None:
    assert PIECES.of(category) == Piece(piece)


@pytest.mark.parametrize(
    ("title", "piece"),
    [
        ("Shirt dress with belt", "dress"),
        ("Top handle bag", "bag"),
        ("Boot-cut jeans", "bottom"),
        ("T-shirt with jeans print", "top"),
        ("Dress long sleeve", "dress"),
        ("Slip-on shoes", "shoes"),
        ("2-in-1 Running Shorts", "bottom"),
        ("Polo Ralph Lauren – Wool Scarf", "scarf"),
        ("Shamrock Green T-Shirt", "top"),
        ("Collar shirt", "top"),  # collar is Spanish for a necklace
        ("Basket bag", "bag"),  # and basket French for a sneaker
        ("Cotton jersey midi dress", "dress"),
        ("Cobalt CoolTech&trade; Fitness Short", "bottom"),
        ("Dolce & Gabbana Shirt Dress", "dress"),
        ("Blusenkleid aus Leinen", "dress"),
        ("Laptoptasche", "bag"),
        ("Veste de costume", "outerwear"),
        ("Blazer à col châle", "outerwear"),
        ("Vestito lungo con cintura", "dress"),
        ("Vestido camisero con cinturón", "dress"),
    ],
)
def test_the_head_of_a_title_names_the_piece(title: str, piece: str) -> None:
    reading = PIECES.read("Sale", title)
    assert (reading.piece, reading.source) == (Piece(piece), "title")


@pytest.mark.parametrize(
    "title",
    ["Pepe Jeans Finsbury Skinny", "Air Max 90", "Those Days", "Laptop", "Shorts & T-shirt", ""],
)
def test_brands_models_and_pairs_name_no_piece(title: str) -> None:
    assert PIECES.read(None, title).kind is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Suits", NoPiece.WHOLE),
        ("Top and skirt set", NoPiece.WHOLE),
        ("Ensemble top et jupe", NoPiece.WHOLE),
        ("Bademode", NoPiece.WHOLE),
        ("Watches", NoPiece.SMALL),
        ("Silk tie", NoPiece.SMALL),
        ("Sonnenbrillen", NoPiece.SMALL),
        ("Boucles d’oreilles", NoPiece.SMALL),
    ],
)
def test_outfits_and_small_things_are_told_apart(words: str, kind: NoPiece) -> None:
    reading = PIECES.read(None, words)
    assert (reading.kind, reading.piece, reading.understood) == (kind, None, True)


def test_a_reading_says_which_words_it_goes_by() -> None:
    assert PIECES.read("Men > Shoes", "Jeans") == PieceReading(Piece.SHOES, "category", "shoes")
    assert PIECES.read("Men", "Blue Jeans") == PieceReading(Piece.BOTTOM, "title", "jeans")
    assert str(PIECES.read("Men", "Blue Jeans")) == 'bottom, by the title ("jeans")'
    assert PIECES.read("Shoes & Bags", "Tote bag").source == "title"
    several = PIECES.read("Shoes & Bags", "Summer")
    assert several == PieceReading(None, None, "shoes, bags")
    assert str(several) == 'several things ("shoes, bags")'
    assert PIECES.read("Accessories", "Leather belt").kind is Piece.BELT
    assert PIECES.read("Sale", "Gift") == PIECES.read(None, None) == NOT_READ
    assert PIECES.read("Sale", "Silk tie").to_json() == {
        "kind": "small",
        "source": "title",
        "words": "tie",
    }


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read(category: str, title: str) -> None:
    assert PIECES.of(category, title) in (None, *Piece)


def test_a_retailers_own_words_win_and_the_bundled_ones_stay(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        HEADER + "Beinkleid,de,bottom\nDR-,en,dress\nSuit,en,dress\nRock,en,top\n"
        "Denim,en,nothing\n2271,google,top\naa-1-4,shopify,top\n",
        "utf-8",
    )
    pieces = Pieces.load(own)
    assert pieces.of("Damenbeinkleid") is Piece.BOTTOM
    assert pieces.of("DR-4711 > x") is Piece.DRESS
    assert pieces.of("dr") is Piece.DRESS
    assert pieces.of("suits") is Piece.DRESS
    assert pieces.of("rock") is Piece.TOP  # a skirt in German
    assert (PIECES.of("denim"), pieces.of("denim")) == (Piece.BOTTOM, None)
    assert pieces.of("Sneakers") is Piece.SHOES
    assert pieces.of("2271 - Apparel & Accessories > Clothing > Dresses") is Piece.TOP
    assert pieces.of("gid://shopify/TaxonomyCategory/aa-1-4") is Piece.TOP
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
        (
            "word,language,piece,weak\nknit,en|de,top,yes\n",
            "line 2: the column weak holds 'yes'; it may hold weak, or be empty",
        ),
        (HEADER + "knit,en|xx,top\n", "line 2: there is no language 'xx'"),
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
