"""The colour that somebody asks for: a hex, or a name in any of the languages that are known."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from producer.audit.colour_name import read_name
from producer.audit.colour_range import ColourRanges
from producer.audit.lexicon import Lexicon, plain
from shared.catalogue.translations import Words
from shared.colour.cielab import hex_to_rgb
from shared.colour.naming import Naming
from shared.errors import ColourwayError

LANGUAGES: Final = ("en", "de", "fr", "it", "es")
LONGEST: Final = 100
MOST_WORDS: Final = 10_000
"""So many words of shops are remembered: pages show few of them, again and again."""


class NoSuchColour(ColourwayError):
    """A text names no colour."""


@dataclass(frozen=True, slots=True)
class AskedColour:
    """A colour to search by: ``hex`` as ``#rrggbb``, and what it was called, if it was."""

    hex: str
    name: str | None = None


@dataclass(frozen=True)
class ColourReader:
    """Reads colours: a table of names in several languages, and the words of shops behind it."""

    naming: Naming
    lexicon: Lexicon
    own_words: Path | None = None
    _known: dict[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]], init=False, repr=False, compare=False
    )

    @classmethod
    def load(cls, naming: Naming, lexicon: Path | None = None, words: Path | None = None) -> Self:
        """Read the bundled words and a retailer's. Raises LexiconError or WordsError."""
        reader = cls(naming, Lexicon.load(naming, lexicon), words)
        _ = reader._names
        return reader

    def read(self, text: str) -> AskedColour:
        """Return the colour that ``#rrggbb``, ``rrggbb``, ``#rgb`` or a name means.

        Raises :class:`NoSuchColour`, which says what would be read.
        """
        asked = text.strip()[:LONGEST]
        if (found := _hex(asked)) is not None:
            return AskedColour(found)
        if (named := self._names.get(plain(asked))) is not None:
            return AskedColour(named, asked)
        if parts := read_name(asked, self.lexicon).parts:
            return AskedColour(self._ranges.typical(parts[0]).hex, asked)
        raise NoSuchColour(
            f"{asked!r} is no colour: write it as #rrggbb, or name one, such as navy or bleu marine"
        )

    def hexes(self, word: str) -> tuple[str, ...]:
        """Return the colours that a shop's word lists; none where it is not understood."""
        known = self._known.get(word)
        if known is None:
            parts = read_name(word, self.lexicon).parts
            known = tuple(self._ranges.typical(part).hex for part in parts)
            if len(self._known) >= MOST_WORDS:
                self._known.clear()
            self._known[word] = known
        return known

    @cached_property
    def _names(self) -> dict[str, str]:
        """Names and families in every language, in their plain form; English wins."""
        english: dict[str, str] = {}
        for row in self.naming.rows:
            english.setdefault(row.name, row.hex)
        for row in self.naming.rows:
            english.setdefault(row.family, row.hex)
        found = {plain(name): colour for name, colour in english.items()}
        for language in LANGUAGES:
            words = Words.load(language, self.own_words)
            for name, colour in english.items():
                found.setdefault(plain(words(name)), colour)
        return found

    @cached_property
    def _ranges(self) -> ColourRanges:
        return ColourRanges(self.naming)


def _hex(text: str) -> str | None:
    digits = text.removeprefix("#")
    if len(digits) == 3 and digits != text:  # without the # it may be a word
        digits = "".join(2 * digit for digit in digits)
    try:
        hex_to_rgb(f"#{digits}")
    except ValueError:
        return None
    return f"#{digits.lower()}"
