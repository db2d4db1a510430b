"""Google's and Shopify's categories of apparel."""

import pytest

from shared.catalogue.kinds import NoPiece, Piece
from shared.catalogue.pieces import Pieces
from shared.catalogue.taxonomies import Taxonomies, taxonomy_id

TAXONOMIES = Taxonomies.load()
PIECES = Pieces.load()
BIKINIS = "Apparel & Accessories > Clothing > Lingerie > Women's Underpants > Bikinis"


def test_every_category_has_its_parents_names_above_its_own() -> None:
    node = TAXONOMIES.by_id["google", "2271"]
    assert (node.kind, node.name) == (Piece.DRESS, "Dresses")
    assert node.path == ("Apparel & Accessories", "Clothing", "Dresses")
    for (taxonomy, number), each in TAXONOMIES.by_id.items():
        assert len(each.path) == (
            number.count("-") + 1 if taxonomy == "shopify" else len(each.path)
        )
        assert each.path[0] in ("Apparel & Accessories", "Luggage & Bags")


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("2271", Piece.DRESS),
        (" 187 ", Piece.SHOES),
        ("5598 - Apparel & Accessories > Clothing > Outerwear > Coats & Jackets", Piece.OUTERWEAR),
        ("aa-1-4", Piece.DRESS),
        ("AA-1-4", Piece.DRESS),
        ("gid://shopify/TaxonomyCategory/aa-1-4", Piece.DRESS),
        ("gid://shopify/TaxonomyCategory/aa-2-6 : Apparel & Accessories > Belts", Piece.BELT),
        ("aa-1-12-4-99", Piece.BOTTOM),  # newer than the table: as the one above it
        ("aa-1-2-4-17-3", Piece.OUTERWEAR),  # older than the table: as Shopify had it
        ("lb-1", Piece.BAG),
        ("178", NoPiece.SMALL),
        ("1594", NoPiece.WHOLE),
        (BIKINIS, NoPiece.WHOLE),
        ("apparel & accessories > shoes > sneakers", Piece.SHOES),
        ("Apparel &amp; Accessories > Jewelry > Jewelry Sets", NoPiece.SMALL),
    ],
)
def test_ids_and_paths_are_understood(category: str, kind: Piece | NoPiece) -> None:
    reading = PIECES.read(category)
    assert (reading.kind, reading.source) == (kind, "category")


@pytest.mark.parametrize("category", ["99999999", "zz-1-1", "aa", "166", "3"])
def test_what_names_no_kind_of_apparel_leaves_it_to_the_title(category: str) -> None:
    assert PIECES.read(category).kind is None
    assert PIECES.read(category, "Linen shirt").kind is Piece.TOP


def test_an_id_stands_alone_or_before_a_name() -> None:
    assert taxonomy_id("501 Jeans") is None
    assert taxonomy_id("xl-7 jacket") is None
    assert taxonomy_id("2271: Dresses") == ("google", "2271")


def test_words_alone_say_the_same_as_the_table() -> None:
    """The table's pieces were given by hand; the lexicon must not contradict them often."""
    words = Pieces(PIECES.lexicon, Taxonomies({}, {}), PIECES.version)
    contradicted = [
        node.id
        for node in TAXONOMIES.by_id.values()
        if (read := words.of(" > ".join(node.path))) and read is not node.kind
    ]
    assert len(contradicted) <= 0.02 * len(TAXONOMIES.by_id)
