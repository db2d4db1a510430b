"""A shop's text taken apart: words, and where one thing ends and the next begins."""

import re
import unicodedata
from enum import Enum, auto
from functools import lru_cache
from html import unescape
from typing import Final, NamedTuple

LANGUAGES: Final = ("en", "de", "fr", "it", "es")
"""The languages whose words are read, the likelier of two readings first."""


class Role(Enum):
    """What a token does: name something, join two things, or end what is said of one thing."""

    WORD = auto()
    JOIN = auto()
    BREAK = auto()


class Token(NamedTuple):
    """A word or a mark, in small letters without accents."""

    text: str
    role: Role


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FUNCTION_WORDS: Final = {
    "en": _set("with without and or for the of in by from"),
    "de": _set("mit ohne und oder fur fuer aus im in der die das von zum zur"),
    "fr": _set("avec sans et ou pour de du des en au aux a la le les"),
    "it": _set("con senza e o per da di del della in al alla il la"),
    "es": _set("con sin y o para de del en a al el la los las"),
}
"""Words that say little but in which language a text is."""

_JOINS: Final = _set("& + and und et e ed y o oder or ou")
_LISTS: Final = _set(", ;")
# What follows these tells more of the thing before them: its cloth, its belt, who wears it.
_CUTS: Final = (
    _set("with without w for from by of in incl including featuring")
    | _set("mit ohne aus fur fuer von im zum zur inkl")
    | _set("avec sans en pour a au aux de du des")
    | _set("con senza da di del della per al alla sin para")
)

_APOSTROPHES: Final = {ord("’"): None, ord("'"): None}

_STEPS = re.compile(r"[>/|»›→\\:]|\s[-–—]\s")
_TOKENS = re.compile(r"[^\W_]+|[&+,;|/:()\[\]»›→>\\]|(?<=\s)[-–—](?=\s)")


@lru_cache(maxsize=4096)  # a catalogue has few categories and many products
def plain(text: str) -> str:
    """Small letters without accents, apostrophes or HTML's entities.

    >>> plain("RÖCKE &amp; Women’s")
    'rocke & womens'
    """
    text = text.casefold().translate(_APOSTROPHES)
    if "&" in text:
        text = unescape(text)
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words_of(text: str) -> tuple[str, ...]:
    """The words and joining marks of a phrase, as the lexicon keys them.

    >>> words_of("T-Shirts & Tops")
    ('t', 'shirts', '&', 'tops')
    """
    return tuple(_TOKENS.findall(plain(text)))


def steps_of(category: str) -> list[str]:
    """The steps of a path of categories, plain: "Men > Shoes", "Herren/Schuhe", "Men - Shoes"."""
    return _STEPS.split(plain(category))


def tokens_of(text: str, is_list: bool) -> list[Token]:
    """Take a text apart.

    Args:
        text: in any form.
        is_list: whether commas join things of equal rank, as in ``"Shirts, Tops & Tees"``; in a
            title what follows one tells more of the same thing.
    """
    text = plain(text)
    return [
        Token(found[0], _role(found[0], is_list, _is_hyphenated(text, *found.span())))
        for found in _TOKENS.finditer(text)
    ]


def _role(token: str, is_list: bool, hyphenated: bool) -> Role:
    if token in _JOINS and not hyphenated:
        return Role.JOIN
    if token in _LISTS:
        return Role.JOIN if is_list else Role.BREAK
    if token in _CUTS:
        return Role.WORD if hyphenated else Role.BREAK
    return Role.WORD if token[0].isalnum() else Role.BREAK


def _is_hyphenated(text: str, start: int, end: int) -> bool:
    """Whether a word is part of another, such as the "in" of "slip-in"."""
    return text[max(start - 1, 0) : start] == "-" or text[end : end + 1] == "-"
