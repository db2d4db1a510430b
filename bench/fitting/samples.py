"""Colours with the words that people gave them, to learn names from and to measure by.

- *shops*: ``../shared/colour-words.csv``, a marketplace's products: its word, kind, and what was
  measured in the picture. A quarter of them is held out by their hash, never to be learned from.
- *survey*: the names that xkcd's survey gave to colours of a screen.
- *agreed*: colours whose family nobody doubts, which the tests hold.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.colors import XKCD_COLORS

from producer.audit.colour_name import read_name
from producer.audit.lexicon import Lexicon
from shared.catalogue.pieces import Pieces
from shared.catalogue.presentation import Presentations
from shared.colour.cielab import Floats, hex_to_rgb, rgb_to_lab
from shared.colour.families.table import UNKNOWN, Presentation
from shared.colour.naming import Naming
from tests.support.agreed import AGREED

SHOPS: Final = Path("../shared/colour-words.csv")
DECIDED: Final = {
    "kind": "category",
    "shop_word": "colour",
    "subject": "subject",
    "confidence": "measured_confidence",
    "shades": "shades",
}
"""The columns of an export of decisions, by those of a marketplace's file."""

HELD_OUT: Final = 4
"""One in so many products is held out."""


@dataclass(frozen=True)
class Sample:
    """A product, or a colour of the survey.

    Attributes:
        labs: CIELAB (D65) of its shades, (S, 3), the largest share first; none where nothing was
            found, which no name can be right of.
        shares: (S,), summing to 1.
        shown: how they are shown.
        word: what people call it.
        families: the families that the word may mean.
        fold: a number from the sample's own hash.
        confidence: of the picture, 0..1.
    """

    labs: Floats
    shares: Floats
    shown: Presentation
    word: str
    families: frozenset[str]
    fold: int
    confidence: float = 1.0

    @property
    def is_held_out(self) -> bool:
        """Whether nothing may be learned from it."""
        return self.fold % HELD_OUT == 0


@dataclass(frozen=True)
class Words:
    """Reads words by the lexicon, and products by their kind."""

    lexicon: Lexicon
    presentations: Presentations

    @classmethod
    def load(cls) -> "Words":
        """Load the bundled lexicons."""
        return cls(Lexicon.load(Naming.load()), Presentations(Pieces.load()))

    def families(self, word: str) -> frozenset[str]:
        """The families of the first colour that a word lists; none where it is not understood."""
        read = read_name(word, self.lexicon)
        return read.parts[0].families if read.parts and read.certainty == 1 else frozenset()

    def shops(self, path: Path = SHOPS) -> list[Sample]:
        """Read the products of a marketplace, in the file's order.

        What ``colourway export --decisions`` writes as CSV is read too: the words are people's.
        """
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            is_decided = set(DECIDED.values()) <= set(rows.fieldnames or ())
            return list(self._products(map(_shop_row, rows) if is_decided else rows))

    def reads(self, row: dict[str, str]) -> bool:
        """Whether a product's row becomes a sample: it has shades, and its word is understood."""
        return bool(row["shades"] and self.families(row["shop_word"]))

    def _products(self, rows: Iterable[dict[str, str]]) -> Iterator[Sample]:
        for row in filter(self.reads, rows):
            families = self.families(row["shop_word"])
            shades = np.array([shade.split() for shade in row["shades"].split("|")], np.float64)
            key = "|".join(row[column] for column in ("kind", "shop_word", "shades"))
            yield Sample(
                shades[:, :3],
                shades[:, 3] / shades[:, 3].sum(),
                self.presentations.of(row["subject"], row["kind"]),
                row["shop_word"],
                families,
                int(hashlib.sha256(key.encode()).hexdigest()[:12], 16),
                float(row["confidence"]),
            )

    def survey(self) -> list[Sample]:
        """Read the survey's names of one colour that are understood."""
        samples: list[Sample] = []
        for name, code in XKCD_COLORS.items():
            word = re.sub("^xkcd:", "", name)
            families = self.families(word)
            if families:
                lab = rgb_to_lab(hex_to_rgb(str(code))).astype(np.float64)
                samples.append(Sample(lab[None], np.ones(1), UNKNOWN, word, families, 1))
        return samples


def _shop_row(row: dict[str, str]) -> dict[str, str]:
    return {ours: row[theirs] for ours, theirs in DECIDED.items()}


def agreed() -> list[Sample]:
    """Return the colours whose family nobody doubts."""
    return [
        Sample(
            rgb_to_lab(hex_to_rgb(code)).astype(np.float64)[None],
            np.ones(1),
            UNKNOWN,
            families,
            frozenset(families.split("|")),
            1,
        )
        for families, codes in AGREED.items()
        for code in codes.split()
    ]
