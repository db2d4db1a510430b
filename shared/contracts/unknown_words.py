"""Unknown words: what to say of a word that is not among those known."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

MOST_NAMED: Final = 40
"""How many of the known words are named where there are more."""


def known_word(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is meant, capital letters or not; None where there is none."""
    words = [str(each) for each in known]
    if word in words:
        return word
    return next((each for each in words if each.casefold() == word.casefold()), None)


def no_such(word: str, known: Iterable[str]) -> str:
    """Say that there is no such word, which may be meant, and which there are.

    >>> no_such("navvy", ["black", "navy"])
    "there is no 'navvy'; did you mean 'navy'? There are black, navy"
    """
    words = list(dict.fromkeys(map(str, known)))
    if not words:
        return f"there is no {word!r}, nor anything else"
    named = ", ".join(words[:MOST_NAMED])
    if len(words) > MOST_NAMED:
        named += f" and {len(words) - MOST_NAMED:,} more"
    meant = close_word(word, words)
    if meant is None:
        return f"there is no {word!r}; there are {named}"
    return f"there is no {word!r}; did you mean {meant!r}? There are {named}"


def close_word(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like a word; None where none looks like it."""
    by_small = {each.casefold(): str(each) for each in known}
    close = get_close_matches(word.casefold(), by_small, 1, 0.7)
    return by_small[close[0]] if close else None
