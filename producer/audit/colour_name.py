"""Reading a merchant's colour name: which families it may mean, and how light.

A name names a region of colour, not a point. It is parted where it lists colours (``Navy/White``,
``noir et blanc``). Within a part the words' families are met where they have some in common (olive
green is green), and joined where they have none (chocolate orange is either). Words that nobody
knows make a reading less certain; a name without any known colour is not understood at all.
"""

import re
from dataclasses import dataclass
from typing import Final

from producer.audit.lexicon import MOST_WORDS, Lexicon, Meaning, Word, plain

UNCERTAIN: Final = 0.7
"""How sure a reading is where a word of the name is not known."""

_BETWEEN: Final = re.compile(
    r"\s*[/,;+&|]\s*|\s+-\s+|\s+(?:and|with|und|mit|et|avec|con|e|y)\s+", re.I
)


@dataclass(frozen=True, slots=True)
class NamedPart:
    """One colour that a name lists.

    ``lightness`` is LIGHT, DARK or None; ``exact`` is the part in its plain form, which the table
    of colour names may hold; ``main`` is the likeliest of its families, where that is known.
    """

    exact: str
    families: frozenset[str]
    lightness: Meaning | None
    main: str | None = None


@dataclass(frozen=True, slots=True)
class ReadName:
    """What is understood of a name: its colours in order, and how certain that is (0..1).

    Without parts it is not understood; ``is_several`` says that it means many colours.
    """

    parts: tuple[NamedPart, ...]
    certainty: float
    is_several: bool = False


def read_name(text: str, lexicon: Lexicon) -> ReadName:
    """Read a merchant's colour name by a lexicon."""
    parts: list[NamedPart] = []
    unknown = several = False
    for piece in _BETWEEN.split(text):
        words, strange = _words(plain(piece).split(), lexicon)
        unknown |= strange
        several |= any(word.meaning is Meaning.SEVERAL for word in words)
        if named := _part(plain(piece), words):
            parts.append(named)
    if several:
        return ReadName((), 1.0, is_several=True)
    return ReadName(tuple(parts), (UNCERTAIN if unknown else 1.0) if parts else 0.0)


def _words(tokens: list[str], lexicon: Lexicon) -> tuple[list[Word], bool]:
    """Find the longest entries from left to right; say whether a word was left that has none."""
    found: list[Word] = []
    unknown = False
    while tokens:
        for length in range(min(MOST_WORDS, len(tokens)), 0, -1):
            words = (
                lexicon.find(tokens[0])
                if length == 1
                else tuple(filter(None, [lexicon.words.get(" ".join(tokens[:length]))]))
            )
            if words or length == 1:
                found += words
                unknown |= not words and not tokens[0].isdigit()
                tokens = tokens[length:]
                break
    return found, unknown


def _part(exact: str, words: list[Word]) -> NamedPart | None:
    named = [word for word in words if word.meaning is Meaning.COLOUR]
    named = named or [word for word in words if word.meaning is Meaning.TINT]
    if not named:
        return None
    families = [word.families for word in named]
    common = families[0].intersection(*families)
    # What is meant stands last where words have nothing in common: a chocolate orange.
    main = next((word.main for word in named if word.main in common), named[-1].main)
    said = {word.meaning for word in words} & {Meaning.LIGHT, Meaning.DARK}
    lightness = _lightness(said, named, is_one=bool(common))
    return NamedPart(exact, common or families[0].union(*families), lightness, main)


def _lightness(said: set[Meaning], named: list[Word], *, is_one: bool) -> Meaning | None:
    # What is said counts more than what a word is by itself: light burgundy is not dark. Of words
    # that have nothing in common each must be so: a silver black is not light.
    tones = said or {word.lightness for word in named if word.lightness is not None or not is_one}
    return tones.pop() if len(tones) == 1 else None
