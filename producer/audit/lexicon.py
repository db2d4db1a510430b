"""Words of colours in several languages, and what they mean: families, lightness, or nothing.

The lexicon is data: ``word,meaning,families,lightness``, with ``|`` between families, the likeliest
one first; the last is light, dark or empty, for words such as ivory and espresso. A retailer's own
file (``COLOURWAY_LEXICON``) is read after the one that comes with the package, and its rows win.
The names of the table of colour names are words too, and mean the family that stands there at
least.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from shared.colour.naming import Naming
from shared.errors import ColourwayError

BUNDLED_LEXICON: Final = Path(__file__).with_name("lexicon.csv")
COLUMNS: Final = ("word", "meaning", "families")
LIGHTNESS: Final = "lightness"
"""A column that may be missing."""

MOST_WORDS: Final = 4
"""The most words of one entry, such as ``blanc casse``."""

SHORTEST_PART: Final = 3
"""The fewest letters of a part of a compound: shorter ones are found in words by accident."""

_LINKS: Final = ("", "s", "n", "en", "er")
"""What German puts between the parts of a compound: Flasche, n, grün."""

_ENDINGS: Final = ("s", "e", "es", "en", "er", "n", "x")


class LexiconError(ColourwayError):
    """A lexicon cannot be used."""


class Meaning(StrEnum):
    """What a word says in a colour's name."""

    COLOUR = "colour"
    TINT = "tint"  # a colour, where no other word is one: bluish, rusty
    LIGHT = "light"
    DARK = "dark"
    SEVERAL = "several"  # prints, assortments: no colour to compare with
    FILLER = "filler"  # nothing about the family: washed, shiny, size


@dataclass(frozen=True, slots=True)
class Word:
    """One entry; ``families`` are those in which the word's colours may lie.

    ``lightness`` is LIGHT or DARK where the word says so: ivory is light, without being called so.
    ``main`` is the family that people think of first; None where the word is no colour.
    """

    meaning: Meaning
    families: frozenset[str] = frozenset()
    lightness: Meaning | None = None
    main: str | None = None


@dataclass(frozen=True)
class Lexicon:
    """Words in their plain form (see :func:`plain`) and what they mean."""

    words: Mapping[str, Word]

    @classmethod
    def load(cls, naming: Naming, path: Path | None = None) -> Self:
        """Read the bundled lexicon, a retailer's over it, and the names of the naming table.

        Families that the naming table does not have are left out of the bundled lexicon, so that a
        retailer with another table need only add its own words.

        Raises:
            LexiconError: a file is unreadable, or a row makes no sense; the message names the line.
        """
        known = frozenset(naming.families)
        words: dict[str, Word] = {}
        for row in naming.rows:
            key = plain(row.name)
            before = words.get(key, Word(Meaning.COLOUR, main=row.family))
            words[key] = replace(before, families=before.families | {row.family})
        for word, entry in _read(BUNDLED_LEXICON, None):
            families = entry.families & known
            main = entry.main if entry.main in families else min(families, default=None)
            if families and word in words:
                # Whatever the words say: the table named it so.
                families, main = families | words[word].families, words[word].main
            if families or not entry.families:
                words[word] = replace(entry, families=families, main=main)
        if path is not None:
            words.update(_read(path, known))
        return cls(words)

    def find(self, token: str) -> tuple[Word, ...]:
        """Return what one plain word means; several where it is a compound, none if unknown."""
        found = self._inflected(token)
        return (found,) if found else self._compound(token)

    def _inflected(self, token: str) -> Word | None:
        if token in self.words:
            return self.words[token]
        stems = (token.removesuffix(ending) for ending in _ENDINGS if token.endswith(ending))
        return next(
            (self.words[stem] for stem in stems if len(stem) > 3 and stem in self.words), None
        )

    def _compound(self, token: str) -> tuple[Word, ...]:
        for place in range(SHORTEST_PART, len(token) - SHORTEST_PART + 1):
            head = self._inflected(token[place:])
            if head is None or head.meaning not in (Meaning.COLOUR, Meaning.TINT):
                continue
            for link in _LINKS:
                stem = token[:place].removesuffix(link) if link else token[:place]
                before = self.find(stem) if len(stem) >= SHORTEST_PART else ()
                if before:
                    whole = self.words.get(f"{stem} {token[place:]}")
                    return (whole,) if whole else (*before, head)
        return ()


def plain(text: str) -> str:
    """Return a text in small letters without accents, its words parted by single spaces.

    >>> plain("Bleu-Marine "), plain("WEIẞ"), plain("Grün")
    ('bleu marine', 'weiss', 'grun')
    """
    # In this order, since taking letters apart makes capitals of some: of ϒ and ᴬ, for instance.
    parts = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(each for each in parts if not unicodedata.combining(each))
    return " ".join(re.findall(r"[^\W_]+", letters))


def _read(path: Path, known: frozenset[str] | None) -> Iterator[tuple[str, Word]]:
    """Yield a file's entries; ``known`` are the families that it may name, None for any."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path}: cannot read this lexicon: {error}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise LexiconError(
            f"{path}: column {', '.join(missing)} is missing; "
            f"the first line must hold {','.join(COLUMNS)}"
        )
    for row in reader:
        try:
            word, meaning, families = ((row[column] or "").strip() for column in COLUMNS)
            entry = _entry(meaning, families, (row.get(LIGHTNESS) or "").strip())
            yield _key(word), _checked(entry, known)
        except ValueError as error:
            raise LexiconError(f"{path} line {reader.line_num}: {error}") from None


def _key(word: str) -> str:
    key = plain(word)
    if not key or key.count(" ") >= MOST_WORDS:
        raise ValueError(f"{word!r} is no entry; write 1 to {MOST_WORDS} words")
    return key


def _entry(meaning: str, families: str, lightness: str) -> Word:
    found = _meaning(meaning)
    named = [name for family in families.split("|") if (name := family.strip())]
    if bool(named) is not (found in (Meaning.COLOUR, Meaning.TINT)):
        raise ValueError(
            f"families go with the meanings colour and tint, and only there: {meaning}"
        )
    shade = _meaning(lightness) if lightness else None
    if shade not in (None, Meaning.LIGHT, Meaning.DARK):
        raise ValueError(f"lightness is light, dark or empty, not {lightness!r}")
    return Word(found, frozenset(named), shade, named[0] if named else None)


def _meaning(text: str) -> Meaning:
    try:
        return Meaning(text)
    except ValueError:
        raise ValueError(f"there is no meaning {text!r}; there are {', '.join(Meaning)}") from None


def _checked(entry: Word, known: frozenset[str] | None) -> Word:
    strange = frozenset[str]() if known is None else entry.families - known
    if strange:
        raise ValueError(
            f"the naming table has no family {', '.join(sorted(strange))}; "
            f"it has {', '.join(sorted(known or ()))}"
        )
    return entry
