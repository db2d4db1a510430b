"""The lexicon of pieces: words of five languages and what they mean, as files hold them.

A lexicon is a CSV with the columns ``word,language,piece`` and, if need be, ``weak``. A word may be
several words; a language may be several, joined by ``|``; languages ``google`` and ``shopify`` take
ids of those taxonomies. The last column says ``weak`` of words that are as often adjectives, such
as "denim": they count only where no other word says what the thing is.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.catalogue.kinds import Kind, NoPiece, Piece
from shared.catalogue.phrases import LANGUAGES, words_of
from shared.catalogue.taxonomies import GOOGLE, SHOPIFY, read_kind
from shared.errors import ColourwayError

BUNDLED_LEXICON: Final = Path(__file__).with_name("pieces.csv")
COLUMNS: Final = ("word", "language", "piece")
WEAK: Final = "weak"
"""A column that may be missing, and what stands in it."""

LONGEST_PHRASE: Final = 6
"""The most words of one entry."""

# Words of these may take -s or -es; the plurals of the others stand in the lexicon.
_PLURAL_S: Final = frozenset({"en", "fr", "es"})
_CONSONANTS: Final = frozenset("bcdfghjklmnpqrstvwxz")


class PiecesError(ColourwayError):
    """A lexicon of pieces cannot be used."""


class PieceWord(NamedTuple):
    """What one word or phrase means in one language.

    ``ends_compounds`` is True for German words that others may end in; ``is_own`` for those of a
    retailer's lexicon.
    """

    kind: Kind
    weak: bool = False
    ends_compounds: bool = False
    is_own: bool = False


@dataclass(frozen=True)
class Phrases:
    """What phrases mean in one language, and the most words of those that begin with a word."""

    entries: dict[tuple[str, ...], PieceWord] = field(default_factory=dict[Any, PieceWord])
    longest: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, words: tuple[str, ...], entry: PieceWord) -> None:
        """Add a phrase, unless it is there."""
        self.entries.setdefault(words, entry)
        self.longest[words[0]] = max(len(words), self.longest.get(words[0], 0))


class PieceWords(NamedTuple):
    """What was read of lexicons: phrases by language, kinds by a taxonomy's name and id, texts."""

    phrases: Mapping[str, Phrases]
    by_id: Mapping[tuple[str, str], Kind]
    texts: tuple[str, ...]


class _LexiconRow(NamedTuple):
    word: str
    languages: tuple[str, ...]
    entry: PieceWord


def read_lexicons(own: Path | None) -> PieceWords:
    """Read the bundled lexicon, and a retailer's own, whose rows win.

    Raises:
        PiecesError: unreadable, columns missing, no rows, or an unknown language or piece; the
            message names the file and the line.
    """
    phrases = {name: Phrases() for name in LANGUAGES}
    by_id: dict[tuple[str, str], Kind] = {}
    texts: list[str] = []
    for path in (own, BUNDLED_LEXICON):
        if path is None:
            continue
        text = _text(path)
        texts.append("\n".join(text.split()))
        for row in _rows(text, path, is_own=path is own):
            for language in row.languages:
                if language in (GOOGLE, SHOPIFY):
                    by_id.setdefault((language, row.word.lower()), row.entry.kind)
                    continue
                for form in _forms(words_of(row.word), language):
                    phrases[language].add(form, row.entry)
    return PieceWords(phrases, by_id, tuple(texts))


def _text(lexicon: Path) -> str:
    try:
        return lexicon.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PiecesError(f"{lexicon}: cannot read this lexicon: {error}") from error


def _rows(text: str, lexicon: Path, is_own: bool) -> Iterator[_LexiconRow]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise PiecesError(
            f"{lexicon}: column {', '.join(missing)} is missing; "
            f"the first line must hold {','.join(COLUMNS)}"
        )
    empty = True
    for cells in reader:
        empty = False
        try:
            yield _row(cells, is_own)
        except ValueError as error:
            raise PiecesError(f"{lexicon} line {reader.line_num}: {error}") from error
    if empty:
        raise PiecesError(f"{lexicon}: holds no words; add at least one row below the header")


def _row(cells: Mapping[str, str | None], is_own: bool) -> _LexiconRow:
    word, language, piece, weak = ((cells.get(name) or "").strip() for name in (*COLUMNS, WEAK))
    languages = tuple(language.split("|"))
    known = (*LANGUAGES, GOOGLE, SHOPIFY)
    for name in languages:
        if name not in known:
            raise ValueError(f"there is no language {name!r:.20}; there are {', '.join(known)}")
    if not 1 <= len(words_of(word)) <= LONGEST_PHRASE:
        raise ValueError(f"expected 1 to {LONGEST_PHRASE} words, got {word!r:.60}")
    if weak not in ("", WEAK):
        raise ValueError(f"the column {WEAK} holds {weak!r:.40}; it may hold {WEAK}, or be empty")
    try:
        kind = read_kind(piece)
    except ValueError:
        there = ", ".join((*Piece, *NoPiece))
        raise ValueError(f"there is no piece {piece!r:.40}; there are {there}") from None
    # A word that several languages share, such as "top", ends no compound: "Laptop".
    return _LexiconRow(word, languages, PieceWord(kind, weak == WEAK, languages == ("de",), is_own))


def _forms(words: tuple[str, ...], language: str) -> Iterator[tuple[str, ...]]:
    yield words
    if language in _PLURAL_S:
        *first, last = words
        yield (*first, last + "s")
        yield (*first, last + "es")
        if language == "en" and last[-1:] == "y" and last[-2:-1] in _CONSONANTS:
            yield (*first, last[:-1] + "ies")
