"""Which piece of an outfit a product is, read from the shop's own words for its category.

The lexicon is data that a retailer may replace: ``word,language,piece``. A word may be several
words, ``google`` rows hold ids of Google's product taxonomy, and the piece ``whole`` is for words
which say that the whole outfit is for sale, or something too small to be found by its place.
"""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple, Self

from shared.errors import ColourwayError

BUNDLED_LEXICON: Final = Path(__file__).with_name("pieces.csv")
COLUMNS: Final = ("word", "language", "piece")


class Piece(StrEnum):
    """A part of an outfit that has a place on the body."""

    TOP = "top"
    OUTERWEAR = "outerwear"
    BOTTOM = "bottom"
    DRESS = "dress"
    SHOES = "shoes"
    BAG = "bag"
    HEADWEAR = "headwear"
    SCARF = "scarf"
    LEGWEAR = "legwear"


WHOLE: Final = "whole"
"""The word for the whole outfit, in the lexicon and in results."""

GOOGLE: Final = "google"
LANGUAGES: Final = ("en", "de", "fr", "it", "es")
# What a thing is stands last in "shirt dress" and "Blusenkleid", first in "robe chemise".
_HEAD_FIRST: Final = frozenset({"fr", "it", "es"})
# Words of these may take -s or -es; the plurals of the others stand in the lexicon.
_PLURAL_S: Final = frozenset({"en", "fr", "es"})
# German joins words: "Lederjacke" ends in "jacke". Shorter endings would be chance.
_SHORTEST_ENDING: Final = 3
_LONGEST_PHRASE: Final = 6
_AND: Final = frozenset({"&", "+", ",", ";", "and", "und", "et", "e", "ed", "y", "o", "oder", "or"})

_STEPS = re.compile(r"[>/|»›→\\:]|\s[-–—]\s")
_TOKENS = re.compile(r"[^\W_]+|[&+,;]")


class PiecesError(ColourwayError):
    """A lexicon of pieces cannot be used."""


class _Entry(NamedTuple):
    piece: Piece | None
    language: str


@dataclass(frozen=True)
class Pieces:
    """A lexicon and its version (``sha256:`` and 12 digits of its content)."""

    entries: Mapping[tuple[str, ...], _Entry]
    version: str

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a lexicon, the bundled one unless a path is given.

        Args:
            path: CSV in UTF-8 with the columns word, language and piece; others are ignored.

        Raises:
            PiecesError: unreadable, columns missing, no rows, or an unknown language or piece; the
                message names the file and the line.
        """
        lexicon = path or BUNDLED_LEXICON
        try:
            text = lexicon.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise PiecesError(f"{lexicon}: cannot read this lexicon: {error}") from error
        entries: dict[tuple[str, ...], _Entry] = {}
        for words, entry in _parse(text, lexicon):
            for form in _forms(words, entry.language):
                entries.setdefault(form, entry)
        content = "\n".join(text.split())
        return cls(entries, f"sha256:{hashlib.sha256(content.encode()).hexdigest()[:12]}")

    def of(self, category: str | None) -> Piece | None:
        """Say which piece a category means.

        Args:
            category: the shop's words, e.g. ``"Herren/Hosen"``, ``"Apparel & Accessories > Clothing
                > Dresses"``, ``"sneakers"``, ``"2271"``.

        Returns:
            The piece that the last understood step of the path names; None where none is
            understood, where it names several pieces at once ("Shoes & Bags"), or one that has no
            place of its own.
        """
        if not category:
            return None
        for step in reversed(_STEPS.split(category)):
            found = self._matches(_tokens(step))
            if found:
                return _head(found, joined=bool(_AND & set(_tokens(step))))
        return None

    def _matches(self, tokens: list[str]) -> list[_Entry]:
        """What is understood in one step of a path, the longest phrases first come."""
        found: list[_Entry] = []
        start = 0
        while start < len(tokens):
            for end in range(min(len(tokens), start + _LONGEST_PHRASE), start, -1):
                entry = self.entries.get(tuple(tokens[start:end]))
                if entry is None and end == start + 1:
                    entry = self._by_ending(tokens[start])
                if entry is not None:
                    found.append(entry)
                    break
            else:
                end = start + 1
            start = end
        return found

    def _by_ending(self, token: str) -> _Entry | None:
        for start in range(1, len(token) - _SHORTEST_ENDING + 1):
            entry = self.entries.get((token[start:],))
            if entry is not None and entry.language == "de":
                return entry
        return None


def _head(found: list[_Entry], joined: bool) -> Piece | None:
    if len({entry.piece for entry in found}) == 1:
        return found[0].piece
    if joined:
        return None
    return found[0 if found[0].language in _HEAD_FIRST else -1].piece


@lru_cache(maxsize=4096)  # a catalogue has few categories and many products
def _plain(text: str) -> str:
    """Small letters without marks: "Röcke" and "ROCKE" are one."""
    apart = unicodedata.normalize("NFKD", text.replace("’", "").replace("'", "").casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(_plain(text))


def _forms(words: tuple[str, ...], language: str) -> Iterator[tuple[str, ...]]:
    yield words
    if language in _PLURAL_S:
        yield (*words[:-1], words[-1] + "s")
        yield (*words[:-1], words[-1] + "es")


def _parse(text: str, lexicon: Path) -> Iterator[tuple[tuple[str, ...], _Entry]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise PiecesError(
            f"{lexicon}: column {', '.join(missing)} is missing; "
            f"the first line must hold {','.join(COLUMNS)}"
        )
    empty = True
    for row in reader:
        word, language, piece = ((row[column] or "").strip() for column in COLUMNS)
        where = f"{lexicon} line {reader.line_num}"
        words = tuple(_tokens(word))
        if not 1 <= len(words) <= _LONGEST_PHRASE:
            raise PiecesError(f"{where}: expected 1 to {_LONGEST_PHRASE} words, got {word!r:.60}")
        if language not in (*LANGUAGES, GOOGLE):
            known = ", ".join((*LANGUAGES, GOOGLE))
            raise PiecesError(f"{where}: there is no language {language!r:.20}; there are {known}")
        if piece not in (WHOLE, *Piece):
            known = ", ".join((*Piece, WHOLE))
            raise PiecesError(f"{where}: there is no piece {piece!r:.40}; there are {known}")
        empty = False
        yield words, _Entry(None if piece == WHOLE else Piece(piece), language)
    if empty:
        raise PiecesError(f"{lexicon}: holds no words; add at least one row below the header")
