"""What is understood of the names that merchants give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.audit.colour_name import UNCERTAIN, read_name
from producer.audit.lexicon import Lexicon, Meaning
from shared.colour.naming import Naming

LEXICON = Lexicon.load(Naming.load())
LIGHT, DARK = Meaning.LIGHT, Meaning.DARK


def parts(text: str) -> list[tuple[set[str], Meaning | None]]:
    return [(set(part.families), part.lightness) for part in read_name(text, LEXICON).parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toasted Walnut", [({"brown"}, DARK)]),
        ("off-white", [({"white", "beige"}, LIGHT)]),
        ("bleu marine", [({"navy"}, None)]),
        ("BLEU-MARINE", [({"navy"}, None)]),
        ("marineblau", [({"navy"}, None)]),
        ("rosso", [({"red"}, None)]),
        ("Navy/White", [({"navy"}, None), ({"white"}, None)]),
        ("noir et blanc", [({"black"}, None), ({"white"}, None)]),
        ("Schwarz, Weiß", [({"black"}, None), ({"white"}, None)]),
        ("verde oliva", [({"green"}, None)]),
        ("dark heather grey", [({"grey"}, DARK)]),
        ("hellblau", [({"blue"}, LIGHT)]),
        ("light burgundy", [({"red", "purple"}, LIGHT)]),
        ("silver", [({"grey", "silver"}, LIGHT)]),
        ("silver black", [({"black", "grey", "silver"}, None)]),
        ("metallic", [({"brown", "gold", "grey", "silver"}, LIGHT)]),
        ("metallic blue", [({"blue"}, None)]),
        ("Ocean", [({"blue"}, None)]),
        ("mustard yellow", [({"yellow"}, None)]),
        ("chocolate orange", [({"brown", "orange"}, None)]),
        ("bluish", [({"blue"}, None)]),
        ("bluish grey", [({"grey", "silver"}, None)]),
    ],
)
def test_names_and_the_families_they_may_mean(
    text: str, expected: list[tuple[set[str], Meaning | None]]
) -> None:
    assert parts(text) == expected
    assert read_name(text, LEXICON).certainty == 1.0


@pytest.mark.parametrize(
    "text", ["", "  ", "Größe M", "One Size", "Moonlight", "K-12", "#ff0000", "404", "N/A", "🦩"]
)
def test_what_is_no_colour_is_not_understood(text: str) -> None:
    assert read_name(text, LEXICON).parts == ()
    assert read_name(text, LEXICON).certainty == 0.0
    assert not read_name(text, LEXICON).is_several


@pytest.mark.parametrize("text", ["Multi", "Bunt", "Leopard Print", "blue stripes", "assorted"])
def test_what_means_many_colours_is_compared_with_none(text: str) -> None:
    assert read_name(text, LEXICON).is_several
    assert read_name(text, LEXICON).parts == ()


def test_an_unknown_word_beside_a_known_one_makes_it_less_certain() -> None:
    assert read_name("Riverbend Navy", LEXICON).certainty == UNCERTAIN
    assert read_name("Navy 402", LEXICON).certainty == 1.0


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    name = read_name(text, LEXICON)
    assert 0 <= name.certainty <= 1
    assert bool(name.parts) is (name.certainty > 0 and not name.is_several)
    assert all(part.families for part in name.parts)
