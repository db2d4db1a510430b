"""Names, families and patterns in other languages."""

from pathlib import Path

import pytest

from shared.catalogue.translations import Words, WordsError
from shared.colour.naming import Naming
from shared.colour.tones import HAIR_NAMES, ON_PEOPLE, SKIN_TONES
from shared.contracts.results import MULTI, Pattern

LANGUAGES = ("de", "es", "fr", "it")
NAMING = Naming.load()
TONES = [
    *(f"{tone} skin" for tone, _ in SKIN_TONES),
    *(f"{name} hair" for name in HAIR_NAMES),
    *ON_PEOPLE,
]
KEYS = [*(row.name for row in NAMING.rows), *NAMING.families, MULTI, *Pattern, *TONES]


def write(path: Path, text: str) -> Path:
    table = path / "words.csv"
    table.write_bytes(text.encode())
    return table


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_has_a_word_of_its_own(language: str) -> None:
    words = Words.load(language)
    assert [key for key in KEYS if key not in words.by_key] == []
    assert set(words.by_key) == {str(key) for key in KEYS}
    # A filter must tell families apart, and a label names.
    families = [words(family) for family in NAMING.families]
    assert len(set(families)) == len(families)
    names = [words(name) for name in (*(row.name for row in NAMING.rows), *TONES)]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("en", "navy"),
        ("de", "Marineblau"),
        ("fr", "bleu marine"),
        ("it", "blu navy"),
        ("es", "azul marino"),
    ],
)
def test_a_key_becomes_the_word_of_the_language(language: str, word: str) -> None:
    words = Words.load(language)
    assert words("navy") == words.of("navy") == word
    assert words("of nobody's table") == "of nobody's table"
    assert words.of(None) is None


def test_a_retailers_own_words_come_first(tmp_path: Path) -> None:
    own = write(
        tmp_path, "\ufeffword, de,en,nl\nnavy,Nachtblau,deep sea,marineblauw\nblue,,,blauw\n"
    )
    assert Words.load("de", own)("navy") == "Nachtblau"
    assert Words.load("de", own)("blue") == "Blau"  # an empty field is no word
    assert Words.load("en", own)("navy") == "deep sea"
    assert Words.load("nl", own)("blue") == "blauw"
    assert Words.load("nl", own)("red") == "red"


def test_an_unknown_language_or_a_table_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    with pytest.raises(WordsError, match="no words in 'xx'; there are de, en, es, fr, it"):
        Words.load("xx")
    with pytest.raises(WordsError, match=r"words\.csv: column word is missing"):
        Words.load("de", write(tmp_path, "name,de\nred,Rot\n"))
    with pytest.raises(WordsError, match=r"nowhere\.csv: cannot read"):
        Words.load("de", tmp_path / "nowhere.csv")
