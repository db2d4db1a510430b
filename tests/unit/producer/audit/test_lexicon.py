"""Words of colours: the bundled lexicon is sound, and a retailer's own wins."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.audit.lexicon import Lexicon, LexiconError, Meaning, Word, plain
from shared.colour.naming import Naming

NAMING = Naming.load()
LEXICON = Lexicon.load(NAMING)


def families(token: str) -> list[set[str]]:
    return [set(word.families) for word in LEXICON.find(token)]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("walnut", [{"brown"}]),
        ("marineblau", [{"navy"}]),
        ("rosso", [{"red"}]),
        ("verts", [{"green"}]),
        ("hellgrau", [set(), {"grey", "silver"}]),
        ("flaschengrun", [{"green"}, {"green"}]),
        ("dunkelflaschengrun", [set(), {"green"}, {"green"}]),
        ("schwarzweiss", [{"black"}, {"white"}]),
        ("darkblue", [{"navy", "blue"}]),
        ("moonlight", []),
        ("planet", []),
    ],
)
def test_words_inflected_and_put_together(token: str, expected: list[set[str]]) -> None:
    assert families(token) == expected


def test_every_family_of_the_lexicon_is_one_of_the_naming_tables() -> None:
    named = {family for word in LEXICON.words.values() for family in word.families}
    assert named == set(NAMING.families)


def test_every_name_of_the_naming_table_is_understood_and_means_its_family() -> None:
    wrong = [
        row for row in NAMING.rows if row.family not in LEXICON.words[plain(row.name)].families
    ]
    assert wrong == []


def test_a_retailers_words_win(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        "word,meaning,families\nMoonlight,colour,grey|silver\nWalnut,colour,grey\nRosso,filler,\n",
        encoding="utf-8",
    )
    words = Lexicon.load(NAMING, own).words
    assert words["moonlight"] == Word(Meaning.COLOUR, frozenset({"grey", "silver"}), main="grey")
    assert words["walnut"].families == {"grey"}
    assert words["rosso"] == Word(Meaning.FILLER)


def test_another_naming_table_keeps_what_it_has_families_for(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("name,family,hex\nnacht,navy,#101830\nkirsche,rot,#90152a\n", encoding="utf-8")
    words = Lexicon.load(Naming.load(table)).words
    assert words["marineblau"].families == {"navy"}
    assert words["kirsche"].families == {"rot"}
    assert "walnut" not in words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("word,meaning\na,filler\n", "column families is missing"),
        ("word,meaning,families\n,filler,\n", "line 2: '' is no entry"),
        ("word,meaning,families\na b c d e,filler,\n", "line 2: 'a b c d e' is no entry"),
        ("word,meaning,families\na,colour,\n", "line 2: families go with"),
        ("word,meaning,families\na,filler,red\n", "line 2: families go with"),
        ("word,meaning,families\nok,filler,\na,shade,red\n", "line 3: there is no meaning 'shade'"),
        ("word,meaning,families\na,colour,rouge\n", "no family rouge; it has beige"),
        ("word,meaning,families,lightness\na,colour,red,filler\n", "light, dark or empty"),
    ],
)
def test_a_row_that_makes_no_sense_is_named(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "own.csv"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError, match=message):
        Lexicon.load(NAMING, own)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"none\.csv: cannot read"):
        Lexicon.load(NAMING, tmp_path / "none.csv")


def test_the_plain_form_of_every_character_is_its_own_plain_form() -> None:
    numbers = [*range(0xD800), *range(0xE000, 0xE0000)]  # no surrogates, none for private use
    assigned = [each for each in map(chr, numbers) if unicodedata.category(each) != "Cn"]
    assert len(assigned) > 100_000
    assert [each for each in assigned if plain(plain(each)) != plain(each)] == []


@given(st.text())
def test_the_plain_form_is_its_own_plain_form(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert plain(text) == plain(text).strip()


@given(st.text(max_size=30))
def test_any_token_can_be_asked_for(token: str) -> None:
    assert all(isinstance(word, Word) for word in LEXICON.find(plain(token)))
