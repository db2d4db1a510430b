"""What colour a product has by what a person says of it: a family, a name, a piece.

A person gives words; a shop wants a colour too. So the colour that was measured in the picture is
kept where it fits the words, and that of the table of names taken where none does:

1. A name says its family. A family without a name takes that of its largest measured colour, else
   that of its nearest row.
2. The hex is that of the largest measured colour of the family, if there is one;
3. else the measured main colour, where it is near enough to the name for words to be all that
   differs (:data:`ANOTHER_COLOUR`);
4. else that of the name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from shared.catalogue.kinds import WHOLE, Piece
from shared.colour.cielab import delta_e2000, hex_to_rgb, rgb_to_lab
from shared.colour.naming import NamedColour, Naming
from shared.contracts.decisions import DecidedColour
from shared.contracts.results import MULTI, Shade
from shared.contracts.unknown_words import known_word, no_such
from shared.errors import ColourwayError

ANOTHER_COLOUR: Final = 15.0
"""From this CIEDE2000 on a measured colour is another one than a name means, as in an audit."""


class UnknownWord(ColourwayError):
    """A decision speaks of a family, a name or a piece that does not exist."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says is right; what is None stays as it was.

    ``family_second`` is the other family where the colour lies between two, "" for none. ``piece``
    may be ``whole``, for an outfit.
    """

    family: str | None = None
    family_second: str | None = None
    piece: str | None = None
    name: str | None = None

    @property
    def says_colour(self) -> bool:
        """Whether it says anything of the colour itself."""
        return self.family is not None or self.name is not None


@dataclass(frozen=True)
class DecidedColours:
    """Turns what people say into colours, by a table of names."""

    naming: Naming

    @property
    def families(self) -> tuple[str, ...]:
        """The families that may be said."""
        return (*self.naming.families, MULTI)

    def corrected(
        self, before: DecidedColour, shades: Sequence[Shade], said: Correction
    ) -> DecidedColour:
        """Return a product's colour by a correction.

        Args:
            before: what the product has without it.
            shades: the measured colours of its clothes, largest share first.
            said: the correction.

        Raises:
            UnknownWord: a word of it does not exist, name and family do not go together, or it
                says nothing at all.
        """
        piece = before.piece if said.piece is None else self._piece(said.piece)
        if not said.says_colour:
            if said.piece is None and said.family_second is None:
                raise UnknownWord("a correction needs a family, a name or a piece")
            if before.family is None and said.family_second:
                raise UnknownWord("a second family needs a first one")
            second = self._second(said.family_second, before.family, before.family_second)
            return replace(before, piece=piece, family_second=second)
        row, family = self._row(said, shades)
        second = self._second(said.family_second, family, None)
        if family == MULTI:
            main = shades[0] if shades else None
            name, hex_ = (main.name, main.hex) if main else (None, None)
            return DecidedColour(MULTI, None, piece, name, hex_)
        own = next((shade for shade in shades if shade.family == family), None)
        name = row.name if own is None or said.name is not None else own.name
        return DecidedColour(family, second, piece, name, own.hex if own else _hex(row, shades))

    def _piece(self, word: str) -> str | None:
        found = _known(word, (*Piece, WHOLE), "piece")
        return None if found == WHOLE else found

    def _second(self, word: str | None, family: str | None, else_: str | None) -> str | None:
        if word is None:
            return else_
        found = _known(word, self.naming.families, "second family") if word else None
        if found is not None and found == family:
            raise UnknownWord(f"the second family must not be the first, {family!r}, again")
        return found

    def _row(self, said: Correction, shades: Sequence[Shade]) -> tuple[NamedColour, str]:
        """Return the row that is meant, nearest to what was measured, and the family."""
        rows = self.naming.rows
        family = None if said.family is None else _known(said.family, self.families, "family")
        if said.name is not None:
            name = _known(said.name, dict.fromkeys(row.name for row in rows), "name")
            rows = tuple(row for row in rows if row.name == name)
        if family not in (None, MULTI):
            if all(row.family != family for row in rows):
                others = ", ".join(dict.fromkeys(row.family for row in rows))
                raise UnknownWord(f"{said.name!r} is a name of {others}, not of {family}")
            rows = tuple(row for row in rows if row.family == family)
        row = _nearest(rows, shades)
        return row, family or row.family


def _known(word: str, words: Sequence[str] | dict[str, None], what: str) -> str:
    found = known_word(word, words)
    if found is None:
        raise UnknownWord(f"{what}: {no_such(word, words)}")
    return found


def _nearest(rows: Sequence[NamedColour], shades: Sequence[Shade]) -> NamedColour:
    if not shades:
        return rows[0]
    labs = rgb_to_lab(np.stack([hex_to_rgb(row.hex) for row in rows]))
    return rows[int(delta_e2000(labs, np.asarray(shades[0].lab)).argmin())]


def _hex(row: NamedColour, shades: Sequence[Shade]) -> str:
    """Return the main colour's, where words are all that differs, else the row's own."""
    if shades:
        meant = rgb_to_lab(hex_to_rgb(row.hex))
        if float(delta_e2000(np.asarray(shades[0].lab), meant)) < ANOTHER_COLOUR:
            return shades[0].hex
    return row.hex
