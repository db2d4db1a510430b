"""Does the shop's word for a colour fit the picture?

A name fits where the product may be called by a colour that the name may mean: the first colour
that the name lists must be among the product's own, or the product's largest among those listed.
Everything else is a finding if the distance is large, and if the table has a much nearer name.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from producer.audit.colour_name import ReadName, read_name
from producer.audit.colour_range import ColourRanges
from producer.audit.finding import Finding, FindingSide, finding_of
from producer.audit.kind import FindingKind
from producer.audit.lexicon import Lexicon
from producer.catalogue.main_colours import naming_shades
from producer.catalogue.reader import AnsweredProduct
from shared.colour.cielab import Floats

OTHER_COLOUR: Final = 15.0
"""From this CIEDE2000 on a colour is another one than a name means. Of names that people give to
colours 2 % lie farther away than this, and of colours of other families 85 %
(`make bench ONLY=lexicon`)."""

NEARER: Final = 3.0
"""How much nearer another name must be: what is far from every name says nothing of this one."""

MOST_NAMES: Final = 10_000
"""How many different names are remembered: shops use few, again and again."""


@dataclass(slots=True)
class NameCheck:
    """Compares products with their names, and counts.

    ``compared`` names were understood and had a colour to be compared with; ``several`` mean many
    colours; ``unknown`` counts those that are not understood by themselves.
    """

    lexicon: Lexicon
    ranges: ColourRanges
    limit: float = OTHER_COLOUR
    compared: int = 0
    several: int = 0
    not_understood: int = 0
    unknown: Counter[str] = field(default_factory=Counter[str])
    _read: dict[str, ReadName] = field(default_factory=dict[str, ReadName])

    def findings(self, products: Sequence[AnsweredProduct]) -> Iterator[Finding]:
        """Yield those products of a page whose name does not fit."""
        chosen = [
            (product, name) for product in products if (name := self._name(product)) is not None
        ]
        shades = [naming_shades(product) for product, _ in chosen]
        labs = [shade.lab for each in shades for shade in each]
        if not labs:
            return
        distances = self.ranges.distances(labs)
        start = 0
        for (product, name), each in zip(chosen, shades, strict=True):
            found = self._finding(product, name, distances[start : start + len(each)])
            start += len(each)
            if found is not None:
                yield found

    def read(self, text: str) -> ReadName:
        """Return what a name says."""
        name = self._read.get(text)
        if name is None:
            if len(self._read) >= MOST_NAMES:
                self._read.clear()
            name = self._read[text] = read_name(text, self.lexicon)
        return name

    def _name(self, product: AnsweredProduct) -> ReadName | None:
        """Return what the product's name says, None where there is nothing to compare."""
        text = (product.merchant_colour or "").strip()
        if not text or not naming_shades(product):
            return None
        name = self.read(text)
        if name.parts:
            self.compared += 1
            return name
        self.several += name.is_several
        self.not_understood += not name.is_several
        if not name.is_several and (text in self.unknown or len(self.unknown) < MOST_NAMES):
            self.unknown[text] += 1
        return None

    def _finding(
        self, product: AnsweredProduct, name: ReadName, distances: Floats
    ) -> Finding | None:
        by_part = np.stack([self.ranges.to_part(distances, part) for part in name.parts])
        # The first listed colour against all of the product's, and all listed against its largest.
        delta_e = float(min(by_part[0].min(), by_part[:, 0].min()))
        nearest = float(distances[0].min())
        if not np.isfinite(delta_e) or delta_e < self.limit or delta_e - nearest < NEARER:
            return None
        sureness = (product.confidence or 0.0) * name.certainty * delta_e / (delta_e + self.limit)
        colour = product.shades[0]
        return finding_of(
            product,
            FindingKind.NAME,
            sureness,
            f"the shop says {product.merchant_colour}, the picture {colour.name} ({colour.family})",
            delta_e=delta_e,
            second=self._meant(product.merchant_colour or "", name),
        )

    def _meant(self, text: str, name: ReadName) -> FindingSide:
        """Return the colours of the name itself, whatever was found, in the order of its list."""
        rows = [self.ranges.typical(part) for part in name.parts]
        colours = tuple((row.hex, round(1 / len(rows), 4), row.name) for row in rows)
        return FindingSide(text, colours, rows[0].family)
