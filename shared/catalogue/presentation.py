"""How a product's colours are presented: lit as its picture is, and of what kind the product is."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from shared.catalogue.pieces import Pieces
from shared.colour.families.table import Presentation

DENIM: Final = "denim"
"""A kind that no piece tells: its words stand beside those for trousers, jackets and shirts."""

_DENIM_WORDS: Final = ("jean", "denim", "vaquer")
"""In English, German, French and Italian; in Spanish."""

MOST_KEPT: Final = 4096
"""How many categories are remembered: a catalogue has few, and many products of each."""


@dataclass(frozen=True)
class Presentations:
    """Reads presentations from what is stored of a product; ``pieces`` reads its category."""

    pieces: Pieces
    _kinds: dict[str, str | None] = field(default_factory=dict[str, str | None], compare=False)

    @staticmethod
    @cache
    def load(pieces: Path | None = None) -> "Presentations":
        """Return those that read categories by a lexicon, once for each lexicon.

        Raises :class:`~shared.catalogue.pieces.PiecesError` where it cannot be used.
        """
        return Presentations(Pieces.load(pieces))

    def of(self, subject: str | None, category: str | None) -> Presentation:
        """Return how the colours of a product's clothes are shown.

        Args:
            subject: ``person`` or ``packshot``; None where it is not known.
            category: the shop's words for what the product is.
        """
        if not category:
            return Presentation(subject)
        if category not in self._kinds:
            if len(self._kinds) >= MOST_KEPT:
                self._kinds.clear()
            self._kinds[category] = self._kind(category)
        return Presentation(subject, self._kinds[category])

    def _kind(self, category: str) -> str | None:
        words = category.casefold()
        if any(word in words for word in _DENIM_WORDS):
            return DENIM
        piece = self.pieces.of(category)
        return None if piece is None else piece.value
