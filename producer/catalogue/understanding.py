"""What the lexicon understands of a shop's words, and what it does not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from producer.catalogue.product_words import ProductWords
from shared.catalogue.kinds import NOT_READ, Kind, NoPiece, Piece, PieceReading
from shared.catalogue.phrases import words_of
from shared.catalogue.piece_words import LONGEST_PHRASE
from shared.catalogue.pieces import Pieces
from shared.printable import printable

EXAMPLES: Final = 5
"""Titles of a category that are shown, of those that nothing was understood of."""

_SHORTEST_NEAR: Final = 4
_ALIKE: Final = 0.8


@dataclass
class CategoryUse:
    """One category of a shop: what it means, and how many products it has.

    ``by_title`` counts the products whose title says what they are, where the category does not;
    ``unknown`` those of which nothing is understood, ``titles`` some of their titles.
    """

    category: str | None
    reading: PieceReading
    products: int = 0
    by_title: Counter[Kind] = field(default_factory=Counter[Kind])
    unknown: int = 0
    titles: list[str] = field(default_factory=list[str])

    def as_json(self, pieces: Pieces) -> dict[str, Any]:
        """Return plain JSON values, with lexicon words that are near those not understood."""
        near = near_words(pieces, self.category) if self.unknown and self.category else {}
        return {
            "category": self.category,
            "products": self.products,
            **self.reading.to_json(),
            "by_title": {kind.value: count for kind, count in self.by_title.most_common()},
            "not_understood": self.unknown,
            "titles": self.titles,
            "near": {word: kind.value for word, kind in near.items()},
        }


@dataclass
class Understanding:
    """All categories of a shop by their words, the empty category too."""

    pieces: Pieces
    uses: dict[str | None, CategoryUse] = field(default_factory=dict[str | None, CategoryUse])

    def add(self, words: ProductWords) -> None:
        """Read the words of one product."""
        use = self.uses.get(words.category)
        if use is None:
            reading = self.pieces.read(words.category) if words.category else NOT_READ
            use = self.uses[words.category] = CategoryUse(words.category, reading)
        use.products += 1
        if use.reading.understood:
            return
        kind = self.pieces.read(None, words.title).kind
        if kind is not None:
            use.by_title[kind] += 1
            return
        use.unknown += 1
        if words.title and len(use.titles) < EXAMPLES:
            use.titles.append(words.title)

    @property
    def products(self) -> int:
        """How many products, or lines of a list."""
        return sum(use.products for use in self.uses.values())

    @property
    def unknown(self) -> int:
        """How many of them nothing is understood of."""
        return sum(use.unknown for use in self.uses.values())

    @property
    def by_title(self) -> int:
        """How many of them the title says what they are."""
        return sum(use.by_title.total() for use in self.uses.values())

    def sorted(self) -> list[CategoryUse]:
        """Those that are not understood first, then those with the most products."""
        return sorted(
            self.uses.values(), key=lambda use: (-use.unknown, -use.products, use.category or "")
        )

    def as_json(self, source: str) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "source": source,
            "products": self.products,
            "by_category": self.products - self.by_title - self.unknown,
            "by_title": self.by_title,
            "not_understood": self.unknown,
            "lexicon_version": self.pieces.version,
            "categories": [use.as_json(self.pieces) for use in self.sorted()],
        }

    def lines(self, limit: int, is_list: bool) -> Iterator[str]:
        """Yield lines for people; nothing in them can steer a terminal."""
        things = "words" if is_list else "products"
        known = self.products - self.by_title - self.unknown
        where = (
            "" if is_list else f" {known:,} by their category, {self.by_title:,} by their title,"
        )
        yield (
            f"{self.products:,} {things},{where} {self.unknown:,} not understood"
            f" ({len(self.uses):,} different {'words' if is_list else 'categories'})"
        )
        yield ""
        uses = self.sorted()
        for use in uses[:limit]:
            name = printable(use.category or "(no category)")[:60]
            yield f"{use.products:>9,}  {name:<40}  {'; '.join(_told(use, self.pieces))}"
        if len(uses) > limit:
            yield f"{'':>9}  … and {len(uses) - limit:,} more; --limit shows more, --json all"
        if self.unknown:
            yield ""
            yield from _how_to_add(uses, self.pieces)


def understand(pieces: Pieces, products: Iterable[ProductWords]) -> Understanding:
    """Read the words of products."""
    seen = Understanding(pieces)
    for words in products:
        seen.add(words)
    return seen


def near_words(pieces: Pieces, text: str) -> dict[str, Kind]:
    """Words of the lexicon that are spelled like one of a text, and what they mean."""
    entries = {
        words[0]: entry.kind
        for phrases in pieces.lexicon.phrases.values()
        for words, entry in phrases.entries.items()
        if len(words) == 1 and entry.kind is not NoPiece.NOTHING
    }
    found: dict[str, Kind] = {}
    for word in words_of(text):
        if len(word) >= _SHORTEST_NEAR and word not in entries:
            for near in get_close_matches(word, entries, 1, _ALIKE):
                found[near] = entries[near]
    return found


def _told(use: CategoryUse, pieces: Pieces) -> Iterator[str]:
    if use.reading.understood:
        yield f'{use.reading.kind} ("{printable(use.reading.words)}")'
        return
    if use.by_title:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in use.by_title.most_common())
        yield f"by the title: {kinds}"
    if use.unknown:
        several = (
            f' (several things: "{printable(use.reading.words)}")' if use.reading.words else ""
        )
        yield f"{use.unknown:,} not understood{several}"
    if use.unknown and use.category:
        near = near_words(pieces, use.category)
        if near:
            meant = ", ".join(f"{word} ({kind})" for word, kind in near.items())
            yield f"did you mean {meant}?"
    if use.titles:
        yield f"for instance {printable(use.titles[0])[:60]!r}"


def _told_of(use: CategoryUse) -> list[str]:
    """What could be taught: a category of one kind of thing, else its titles."""
    if use.category and not use.by_title and not use.reading.words:
        return [use.category]
    return use.titles


def _how_to_add(uses: list[CategoryUse], pieces: Pieces) -> Iterator[str]:
    yield "To teach the lexicon, write rows such as these to a CSV, each with what its word means,"
    yield "and name the file in COLOURWAY_PIECES:"
    yield ""
    yield "  word,language,piece"
    unknown = (text for use in uses if use.unknown for text in _told_of(use))
    for text in list(dict.fromkeys(unknown))[:EXAMPLES]:
        near = near_words(pieces, text)
        meant = next(iter(near.values())) if near else "PIECE"
        word = printable(" ".join(words_of(_last_step(text))[:LONGEST_PHRASE]))
        yield f'  "{word}",en,{meant}' if "," in word else f"  {word},en,{meant}"
    yield ""
    yield f"Pieces are {', '.join(Piece)};"
    yield "whole is for outfits, small for what is not to be found in a picture of a person,"
    yield "several for things of different kinds, and nothing for words that name no thing."


def _last_step(category: str) -> str:
    return category.rpartition(">")[2].strip() or category
