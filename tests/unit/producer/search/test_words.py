"""Words of products, and what is asked for by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.search.words import LONGEST_WORD, asked_words, words_of_product


@pytest.mark.parametrize(
    ("sku", "title", "asked"),
    [
        ("TS-1001", "Crew-neck T-shirt", "ts-10"),
        ("TS-1001", "Crew-neck T-shirt", "TSHIRT crew"),
        ("TS-1001", "Crew-neck T-shirt", "shirt neck"),
        ("A/1", "Röcke für Mädchen", "rocke MADCH"),
        ("ÄÖ-1", None, "äö1"),
    ],
)
def test_a_product_is_found_by_the_beginnings_of_its_words(
    sku: str, title: str | None, asked: str
) -> None:
    words = words_of_product(sku, title)
    assert all(f" {word}" in words for word in asked_words(asked))


def test_and_not_by_what_is_within_them() -> None:
    assert " hirt" not in words_of_product("A-1", "T-shirt")
    assert asked_words("  !!  ") == ()


@given(st.text(max_size=300), st.text(max_size=300))
def test_words_are_letters_and_digits_with_a_blank_around_each(sku: str, title: str) -> None:
    words = words_of_product(sku, title)
    assert words.startswith(" ") and words.endswith(" ")
    for word in (*words.split(), *asked_words(title)):
        assert word.isalnum()
        assert len(word) <= LONGEST_WORD
