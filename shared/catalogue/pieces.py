"""Which piece of an outfit a product is, read from the shop's own words for it.

The category is read first: as an id or path of Google's or Shopify's taxonomy, else as a path of
the shop's own, its last step first. Where it says nothing, the title is read (decision 38).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

from shared.catalogue.kinds import WHOLE, Kind, NoPiece, Piece, PieceReading
from shared.catalogue.phrases import FUNCTION_WORDS, LANGUAGES, Role, Token, steps_of, tokens_of
from shared.catalogue.piece_words import PiecesError, PieceWord, PieceWords, read_lexicons
from shared.catalogue.taxonomies import TABLE, Taxonomies, taxonomy_id
from shared.contracts.results import ReadFrom

__all__ = ["WHOLE", "Kind", "NoPiece", "Piece", "PieceReading", "Pieces", "PiecesError"]

# What a thing is stands last in "shirt dress" and "Blusenkleid", first in "robe chemise".
_HEAD_FIRST: Final = frozenset({"fr", "it", "es"})
# German joins words: "Lederjacke" ends in "jacke". Shorter parts would be chance: "Ba-rock".
_SHORTEST_PART: Final = 3
# A retailer's own word tells its language surer than one of ours.
_OWN_VOTES: Final = 3


class _Match(NamedTuple):
    entry: PieceWord
    words: str
    end: int


class _Head(NamedTuple):
    kind: Kind
    words: str
    weak: bool


@dataclass(frozen=True)
class Pieces:
    """The lexicon and the taxonomies, and their version (``sha256:`` and 12 digits)."""

    lexicon: PieceWords
    taxonomies: Taxonomies
    version: str

    @classmethod
    def load(cls, own: Path | None = None) -> Self:
        """Read the bundled lexicon, and a retailer's own, whose rows win, if a path is given.

        Raises:
            PiecesError: the lexicon cannot be used; the message names the file and the line.
        """
        lexicon = read_lexicons(own)
        content = "\n".join((*lexicon.texts, *TABLE.read_text("utf-8").split()))
        digest = hashlib.sha256(content.encode()).hexdigest()
        return cls(lexicon, Taxonomies.load(), f"sha256:{digest[:12]}")

    def of(self, category: str | None, title: str | None = None) -> Piece | None:
        """Say which piece a product is; None where none is meant, or none understood."""
        return self.read(category, title).piece

    def read(self, category: str | None, title: str | None = None) -> PieceReading:
        """Say what a product is, and which words said so.

        Args:
            category: the shop's words, e.g. ``"Herren/Hosen"``, ``"Apparel & Accessories > Clothing
                > Dresses"``, ``"sneakers"``, ``"2271"``, ``"aa-1-4"``.
            title: the product's name; read only where the category says nothing, or names things
                of several kinds ("Shoes & Bags").
        """
        of_category = self._category(category) if category else None
        of_title = None
        if of_category is None or of_category.kind is NoPiece.SEVERAL:
            of_title = self._title(title) if title else None
        heads: dict[ReadFrom, _Head | None] = {"title": of_title, "category": of_category}
        for source, head in heads.items():
            if head is not None and head.kind is not NoPiece.SEVERAL:
                return PieceReading(head.kind, source, head.words)
        return PieceReading(words=next((head.words for head in heads.values() if head), ""))

    def _category(self, category: str) -> _Head | None:
        named = taxonomy_id(category)
        if named is not None and named in self.lexicon.by_id:
            return _Head(self.lexicon.by_id[named], " ".join(named), weak=False)
        node = self.taxonomies.find(category)
        if node is not None:
            return _Head(node.kind, f"{node.id} {node.name}", weak=False)
        steps = [tokens_of(step, is_list=True) for step in steps_of(category)]
        languages = self._languages([token for step in steps for token in step])
        for step in reversed(steps):
            found = self._head(step, languages, is_title=False)
            if found is not None:
                return found
        return None

    def _title(self, title: str) -> _Head | None:
        tokens = tokens_of(title, is_list=False)
        return self._head(tokens, self._languages(tokens), is_title=True)

    def _languages(self, tokens: list[Token]) -> list[str]:
        """The languages that the text may be in, the likeliest first."""
        votes: dict[str, int] = {}
        for language in LANGUAGES:
            matches = self._matches(tokens, language).values()
            known = sum(_OWN_VOTES if match.entry.is_own else 1 for match in matches)
            if known:
                said = sum(token.text in FUNCTION_WORDS[language] for token in tokens)
                votes[language] = known + said
        return sorted(votes, key=lambda language: -votes[language])

    def _head(self, tokens: list[Token], languages: list[str], is_title: bool) -> _Head | None:
        """What the first stretch of a text says that says anything, adjectives last."""
        for language in languages:
            matches = self._matches(tokens, language)
            heads = [
                head
                for stretch in _stretches(tokens, matches)
                if (head := _head_of(stretch, language in _HEAD_FIRST, is_title)) is not None
            ]
            if heads:
                return next((head for head in heads if not head.weak), heads[0])
            tokens = _without(tokens, matches)
        return None

    def _matches(self, tokens: list[Token], language: str) -> dict[int, _Match]:
        """What is understood in one language, by its place, the longest phrases first."""
        longest = self.lexicon.phrases[language].longest
        found: dict[int, _Match] = {}
        free = 0
        for start, token in enumerate(tokens):
            if start < free:
                continue
            match = None
            if token.text in longest:
                match = self._longest_phrase(tokens, start, language)
            if match is None and language == "de":
                match = self._compound(token.text, start)
            if match is not None:
                found[start] = match
                free = match.end
        return found

    def _longest_phrase(self, tokens: list[Token], start: int, language: str) -> _Match | None:
        phrases = self.lexicon.phrases[language]
        longest = min(phrases.longest[tokens[start].text], len(tokens) - start)
        for end in range(start + longest, start, -1):
            words = tuple(token.text for token in tokens[start:end])
            entry = phrases.entries.get(words)
            if entry is not None:
                return _Match(entry, " ".join(words), end)
        return None

    def _compound(self, word: str, start: int) -> _Match | None:
        entries = self.lexicon.phrases["de"].entries
        for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            entry = entries.get((word[cut:],))
            if entry is not None and entry.ends_compounds and entry.kind is not NoPiece.NOTHING:
                return _Match(entry, word, start + 1)
        return None


def _without(tokens: list[Token], matches: dict[int, _Match]) -> list[Token]:
    """The tokens less those that mean nothing in one language: "non-slip" is no Slip."""
    nothing = {place for start, match in matches.items() for place in range(start, match.end)}
    return [
        token._replace(text="") if place in nothing else token for place, token in enumerate(tokens)
    ]


def _stretches(tokens: list[Token], matches: dict[int, _Match]) -> Iterator[list[list[_Match]]]:
    """What is understood between breaks, and in it between joins."""
    parts: list[list[_Match]] = [[]]
    place = 0
    while place < len(tokens):
        match = matches.get(place)
        if match is not None:
            parts[-1].append(match)
            place = match.end
            continue
        if tokens[place].role is Role.BREAK:
            yield parts
            parts = [[]]
        elif tokens[place].role is Role.JOIN:
            parts.append([])
        place += 1
    yield parts


def _head_of(parts: list[list[_Match]], head_first: bool, is_title: bool) -> _Head | None:
    """The one kind of thing that a stretch names, or ``several``; None where it names none."""
    named = [[each for each in part if each.entry.kind is not NoPiece.NOTHING] for part in parts]
    weak = all(match.entry.weak for part in named for match in part)
    sure = [[each for each in part if weak or not each.entry.weak] for part in named]
    heads = [part[0 if head_first else -1] for part in sure if part]
    if not heads:
        return None
    if len({head.entry.kind for head in heads}) == 1:
        return _Head(heads[0].entry.kind, ", ".join(head.words for head in heads), weak)
    # "Top and skirt set", "ensemble top et jupe": a set, whatever it is made of.
    main = heads[0 if head_first else -1]
    if is_title and main.entry.kind is NoPiece.WHOLE:
        return _Head(NoPiece.WHOLE, main.words, weak)
    return _Head(NoPiece.SEVERAL, ", ".join(head.words for head in heads), weak)
