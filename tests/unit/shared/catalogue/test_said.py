"""What the shades of a garment say together."""

from shared.catalogue.product_answer import PictureFinding, product_answer
from shared.catalogue.said import SaidFamily
from shared.contracts.results import PictureKeys, Region, Shade

WHITE = Shade("#ffffff", (100.0, 0.0, 0.0), 0.4, "white", "white", None, 0.9)
DENIM = Shade("#5f7b9e", (50.0, -2.0, -22.0), 0.3, "denim", "blue", "grey", 0.8, 0.2)
NAVY = Shade("#414c61", (32.0, 0.0, -13.0), 0.3, "slate blue", "blue", "navy", 0.6, 0.3)


def finding(subject: str, piece: str | None = None) -> PictureFinding:
    return PictureFinding(
        0,
        {Region.CLOTHES: (WHITE, DENIM, NAVY)},
        0.95,
        PictureKeys("cutout", crop="crop", thumbnail="thumbnail"),
        {},
        subject,
        piece=piece,
    )


def test_two_blues_say_blue_together() -> None:
    said = SaidFamily.of_all((WHITE, DENIM, NAVY))
    assert said is not None
    assert (said.colour, said.second) == (DENIM, "white")
    assert said.probability is not None
    assert round(said.probability, 6) == 0.42


def test_a_family_said_too_seldom_is_no_second_one() -> None:
    said = SaidFamily.of_all((DENIM,))
    assert said is not None
    assert (said.probability, said.second) == (0.8, "grey")
    rarely = SaidFamily.of_all((Shade("#ffffff", (100.0, 0.0, 0.0), 1.0, "white", "white"),))
    assert rarely is not None
    assert (rarely.probability, rarely.second) == (None, None)


def test_nothing_says_nothing() -> None:
    assert SaidFamily.of_all(()) is None
    assert SaidFamily.of_largest(()) is None


def test_a_packshot_and_a_piece_are_called_by_all_of_their_colours() -> None:
    for found in (finding("packshot"), finding("person", "top")):
        answer = product_answer([found])
        assert answer is not None
        assert (answer.family, answer.colour) == ("blue", DENIM)
        assert answer.shades(Region.CLOTHES) == (DENIM, WHITE, NAVY)
        assert round(answer.confidence, 6) == 0.42


def test_a_whole_outfit_is_called_by_its_largest_colour() -> None:
    answer = product_answer([finding("person")])
    assert answer is not None
    assert (answer.family, answer.colour, answer.confidence) == ("white", WHITE, 0.9)
