"""Words to find a product by: those of its sku and its title, in small letters without accents.

A word that a blank parts from the others stands as a whole and in its parts: ``T-shirt`` is found
as ``tshirt`` and as ``shirt``. Beginnings of words are asked for, and each of them must be found.
Both databases read the same text, so they find the same products.
"""

from collections.abc import Iterator
from typing import Final

from producer.audit.lexicon import plain

MOST_WORDS: Final = 60
LONGEST_WORD: Final = 40
MOST_ASKED: Final = 8
"""So many words of what is asked for count; the others are passed over."""


def words_of_product(sku: str, title: str | None) -> str:
    """Return the words of a product, each once, a blank before each and behind the last.

    >>> words_of_product("TS-1001", "Crew-neck T-shirt")
    ' ts1001 ts 1001 crewneck crew neck tshirt t shirt '
    """
    words = list(dict.fromkeys((*_words(sku), *_words(title or ""))))[:MOST_WORDS]
    return "".join(f" {word}" for word in words) + " "


def asked_words(text: str) -> tuple[str, ...]:
    """Return the beginnings of words that a text asks for.

    >>> asked_words("ts-10  Tee")
    ('ts10', 'tee')
    """
    joined = (plain(each).replace(" ", "")[:LONGEST_WORD] for each in text.split())
    return tuple(dict.fromkeys(word for word in joined if word))[:MOST_ASKED]


def _words(text: str) -> Iterator[str]:
    for each in text.split():
        parts = plain(each).split()
        if len(parts) != 1:
            yield from filter(None, ["".join(parts)[:LONGEST_WORD]])
        yield from (part[:LONGEST_WORD] for part in parts)
