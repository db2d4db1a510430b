"""Colours as people ask for them."""

import pytest

from producer.search.asked_colour import AskedColour, ColourReader, NoSuchColour
from shared.colour.naming import Naming


@pytest.fixture(scope="module")
def reader() -> ColourReader:
    return ColourReader.load(Naming.load())


@pytest.mark.parametrize("name", ["navy", "Marineblau", "bleu marine", "blu navy", "Azul marino"])
def test_a_name_in_five_languages(reader: ColourReader, name: str) -> None:
    assert reader.read(name) == AskedColour("#1b2444", name)


@pytest.mark.parametrize("text", ["#1B2444", "1b2444", " #1b2444 "])
def test_a_hex_stands_for_itself(reader: ColourReader, text: str) -> None:
    assert reader.read(text) == AskedColour("#1b2444")


def test_three_digits_need_their_sign(reader: ColourReader) -> None:
    assert reader.read("#fed").hex == "#ffeedd"
    with pytest.raises(NoSuchColour):
        reader.read("fed")


def test_a_shops_word_is_read_as_the_audit_reads_it(reader: ColourReader) -> None:
    assert reader.read("dunkelrot") == AskedColour("#7e1a1c", "dunkelrot")
    assert reader.read("rouge foncé") == AskedColour("#7e1a1c", "rouge foncé")


def test_what_is_no_colour_is_named(reader: ColourReader) -> None:
    with pytest.raises(NoSuchColour, match="'xyzzy' is no colour"):
        reader.read("xyzzy")
