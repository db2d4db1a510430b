"""Shop words: which colours a shop's own word for a product stands for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from producer.audit.colour_name import read_name
from producer.audit.colour_range import ColourRanges
from producer.audit.lexicon import Lexicon
from shared.colour.naming import Naming


@dataclass(frozen=True)
class ShopWords:
    """Reads a shop's words by a lexicon, as the audit does; ``naming`` has the colours."""

    naming: Naming
    lexicon: Lexicon
    ranges: ColourRanges

    @classmethod
    def load(cls, naming: Naming, lexicon: Path | None = None) -> Self:
        """Read the bundled lexicon, and a retailer's over it.

        Raises:
            LexiconError: a file is unreadable, or a row makes no sense; the message names the line.
        """
        return cls(naming, Lexicon.load(naming, lexicon), ColourRanges(naming))

    def hexes(self, word: str | None) -> tuple[str, ...]:
        """Return the colours that a word lists, as ``#rrggbb``, whatever the picture shows.

        It is empty where there is no word, or none that is understood as a colour.
        """
        parts = read_name(word or "", self.lexicon).parts
        return tuple(self.ranges.typical(part).hex for part in parts)
