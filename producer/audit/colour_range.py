"""How far a measured colour lies from what a merchant's name may mean, by CIEDE2000.

A family is a region of colour. The table of colour names covers it with centres, so the distance
to a name is that to the nearest centre of its families: 0 where the colour is a centre itself, a
few units inside the region, more outside.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from producer.audit.colour_name import NamedPart
from producer.audit.lexicon import Meaning, plain
from shared.colour.cielab import Floats, Lab, delta_e2000, hex_to_rgb, rgb_to_lab
from shared.colour.naming import NamedColour, Naming

Rows = npt.NDArray[np.bool_]

THIRD: Final = 33
"""A light colour is not of its families' darkest third, and a dark one not of the lightest. Halves
would be too narrow: what people call light varies, and more right names would be findings."""

MOST_KEPT: Final = 10_000
"""Of how many different names the rows are kept: shops use few, again and again."""


class ColourRanges:
    """The naming table's centres, and which of them a name may mean."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._rows: dict[NamedPart, Rows] = {}
        self._typical: dict[NamedPart, NamedColour] = {}

    def distances(self, labs: Sequence[tuple[float, float, float]]) -> Floats:
        """Measure colours against every centre.

        Args:
            labs: N colours, CIELAB (D65).

        Returns:
            float64 (N, rows of the table): CIEDE2000.
        """
        return delta_e2000(np.reshape(labs, (-1, 1, 3)), self._centres[None])

    def to_part(self, distances: Floats, part: NamedPart) -> Floats:
        """Return how far colours lie from one part of a name.

        Args:
            distances: (N, rows), what :meth:`distances` gave.
            part: one colour that a name lists.

        Returns:
            float64 (N,): CIEDE2000 to the nearest colour that the part may mean; infinite where the
            table has none of its families.
        """
        return distances[:, self._of(part)].min(axis=1, initial=np.inf)

    def typical(self, part: NamedPart) -> NamedColour:
        """Return the row that stands for a part, whatever was found: what its swatch shows.

        That is the row of the part's own name; else of the longest name within it (deep burgundy)
        or of its likeliest family, as light or dark as it says (rouge, dunkelrot); else the middle
        one of that family's rows that it may mean.

        Args:
            part: one colour that a name lists, of a family that the table has.
        """
        row = self._typical.get(part)
        if row is None:
            if len(self._typical) >= MOST_KEPT:
                self._typical.clear()
            row = self._typical[part] = self._standing_for(part)
        return row

    def _standing_for(self, part: NamedPart) -> NamedColour:
        meant = self._of(part)
        likely = meant & (self._families == part.main)
        likely = likely if likely.any() else meant
        for rows, name in ((meant, part.exact), *((likely, name) for name in self._names_of(part))):
            for place in np.flatnonzero(rows & (self._names == name)):
                return self._naming.rows[place]
        places = np.flatnonzero(likely)
        centres = self._centres[places]
        middle = int(delta_e2000(centres[:, None], centres[None]).sum(axis=1).argmin())
        return self._naming.rows[int(places[middle])]

    def _names_of(self, part: NamedPart) -> Iterator[str]:
        # A family's own name comes last: charcoal grey is a charcoal.
        families = {plain(name) for name in self._naming.families}
        yield from (name for name in _phrases(part.exact) if name not in families)
        if part.main is not None:
            yield plain(f"{part.lightness or ''} {part.main}")

    def _of(self, part: NamedPart) -> Rows:
        rows = self._rows.get(part)
        if rows is None:
            if len(self._rows) >= MOST_KEPT:
                self._rows.clear()
            rows = self._rows[part] = self._meant(part)
        return rows

    def _meant(self, part: NamedPart) -> Rows:
        ours = np.isin(self._families, list(part.families))
        lightness = self._centres[:, 0]
        if part.lightness is not None and ours.any():
            is_light = part.lightness is Meaning.LIGHT
            edge = np.percentile(lightness[ours], THIRD if is_light else 100 - THIRD)
            ours &= lightness >= edge if is_light else lightness <= edge
        return ours | (self._names == part.exact)

    @cached_property
    def _names(self) -> npt.NDArray[np.str_]:
        return np.array([plain(row.name) for row in self._naming.rows])

    @cached_property
    def _families(self) -> npt.NDArray[np.str_]:
        return np.array([row.family for row in self._naming.rows])

    @cached_property
    def _centres(self) -> Lab:
        return rgb_to_lab(np.stack([hex_to_rgb(row.hex) for row in self._naming.rows]))


def _phrases(exact: str) -> Iterator[str]:
    """Yield a part's words, and all stretches of them, the longest and last ones first."""
    words = exact.split()
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length, -1, -1):
            yield " ".join(words[start : start + length])
