"""Names and retail families of colours, read from a table that a retailer may replace.

A colour takes the name of the nearest row by CIEDE2000. Where a row of another family is nearly as
near, the colour lies between two families, and the naming says so. The table is data:
``name,family,hex``, several rows may share one name (a name then covers more than one round cell),
and the version is the table's own content, so that a result says which table named it.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

import numpy as np
import numpy.typing as npt

from shared.colour.abstention import ABSTAIN
from shared.colour.cielab import Floats, Lab, hex_to_rgb, rgb_to_lab
from shared.colour.families.table import UNKNOWN, FamilyTable, Presentation
from shared.colour.nearest import Indices, Nearest
from shared.colour.tones import ON_PEOPLE, RULES, tone_name
from shared.errors import ColourwayError

BUNDLED_TABLE: Final = Path(__file__).with_name("colours.csv")
COLUMNS: Final = ("name", "family", "hex")


MARGIN: Final = 1.0
"""In a table that nobody has learned probabilities for, a second family is given where its nearest
row is no more than this much further away, by CIEDE2000 (``make bench ONLY=margin``)."""

SPREAD: Final = MARGIN / float(np.log((1 - ABSTAIN) / ABSTAIN))
"""How much further away makes a family e times rarer there: such that ABSTAIN lies at MARGIN."""


class NamingError(ColourwayError):
    """A table of colour names cannot be used."""


@dataclass(frozen=True)
class NamedColour:
    """One row of the table: a name, its family, and the colour at its centre, ``#rrggbb``."""

    name: str
    family: str
    hex: str


class Named(NamedTuple):
    """What a colour is called.

    ``probability`` is that people would say ``family`` of it, 0..1 in hundredths; ``family_second``
    is the other family where that is one of the likely ones, and ``probability_second`` its.
    """

    name: str
    family: str
    family_second: str | None = None
    probability: float = 1.0
    probability_second: float | None = None


@dataclass(frozen=True)
class Naming:
    """A table of named colours, and what families people say, with a version of both.

    Without ``said``, as for a retailer's own table, the nearest row tells the family. With it the
    likeliest family is taken, and the name is that family's nearest row. Skin and hair are named by
    tone, whatever the table: their families are ``skin`` and ``hair``.

    The version is ``sha256:`` and 12 digits of all that names follow from.
    """

    rows: tuple[NamedColour, ...]
    version: str
    said: FamilyTable | None = None

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a table, the bundled one with its families unless a path is given.

        Args:
            path: CSV in UTF-8 with the columns name, family and hex; others are ignored.

        Raises:
            NamingError: unreadable, columns missing, no rows, or a row that is no colour; the
                message names the file and the line.
            FamiliesError: the bundled families are damaged.
        """
        table = path or BUNDLED_TABLE
        try:
            text = table.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise NamingError(f"{table}: cannot read this table of names: {error}") from error
        # Line endings are no content: a table saved on another system keeps its version.
        rows = _parse(text, table)
        said = FamilyTable.load() if path is None else None
        lines = [f"{row.name},{row.family},{row.hex}" for row in rows]
        rules = f"margin {MARGIN} abstain {ABSTAIN} said {said.version if said else None} {RULES}"
        content = "\n".join([*lines, rules])
        return cls(rows, f"sha256:{hashlib.sha256(content.encode()).hexdigest()[:12]}", said)

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Go to another process without what was cached: it is found again there."""
        return type(self), (self.rows, self.version, self.said)

    @property
    def families(self) -> tuple[str, ...]:
        """The families in the table's order, each once."""
        return tuple(dict.fromkeys(row.family for row in self.rows))

    @cached_property
    def centres(self) -> Lab:
        """CIELAB (R, 3) of the rows."""
        return rgb_to_lab(np.stack([hex_to_rgb(row.hex) for row in self.rows]))

    def name(self, lab: npt.ArrayLike, shown: Presentation = UNKNOWN) -> Named:
        """Name one colour.

        Args:
            lab: CIELAB (D65), three numbers.
            shown: how it is lit, and what it is the colour of.

        Returns:
            The name of the nearest row of its family; the earlier row where two are equally near.
        """
        return self.name_many(np.asarray(lab, np.float64)[None], [shown])[0]

    def name_many(
        self, labs: npt.ArrayLike, shown: Sequence[Presentation] | None = None
    ) -> list[Named]:
        """Name many colours, each as :meth:`name` does.

        Args:
            labs: CIELAB (D65), (N, 3).
            shown: how each of them is shown; nothing is known of it unless given.
        """
        points = np.asarray(labs, np.float64).reshape(-1, 3)
        how = shown or [UNKNOWN] * len(points)
        people = [place for place, each in enumerate(how) if each.kind in ON_PEOPLE]
        if not people:
            return self._name_cloths(points, how)
        is_cloth = np.ones(len(points), np.bool_)
        is_cloth[people] = False
        cloths = iter(
            self._name_cloths(
                points[is_cloth], [each for each in how if each.kind not in ON_PEOPLE]
            )
        )
        tones = {place: _tone(points[place], how[place].kind) for place in people}
        return [tones.get(place) or next(cloths) for place in range(len(points))]

    def _name_cloths(self, points: Floats, shown: Sequence[Presentation]) -> list[Named]:
        if not len(points):
            return []
        if self.said is None:
            return self._by_distance(points)
        found = self.said.probabilities(points, shown)
        every = np.arange(len(points))
        first = found.argmax(axis=1)
        sure = found[every, first]
        found[every, first] = 0
        second = found.argmax(axis=1)
        likely = np.round(found[every, second], 2)
        return self._worded(self._rows_within(points, first), second, sure, likely)

    def _rows_within(self, points: Floats, families: Indices) -> Indices:
        """Return the nearest row of each colour's own family."""
        rows = np.empty(len(points), np.intp)
        for family in np.unique(families):
            own = families == family
            numbers, nearest = self._nearest_within[family]
            rows[own] = numbers[nearest.find(points[own])[0]]
        return rows

    def _by_distance(self, points: Floats) -> list[Named]:
        """Name by the nearest rows alone: the further apart two families are, the surer is one."""
        rows, second, apart = self._nearest.find_two(points)
        likely = 1 / (1 + np.exp(np.minimum(apart, 100.0) / SPREAD))
        return self._worded(rows, second, 1 - likely, np.round(likely, 2))

    def _worded(self, rows: Indices, second: Indices, sure: Floats, likely: Floats) -> list[Named]:
        given = np.where(likely >= ABSTAIN, second, -1).tolist()
        named = [self.rows[row] for row in cast("list[int]", rows.tolist())]
        others, its = self._others, likely.tolist()
        columns: tuple[list[Any], ...] = (
            [row.name for row in named],
            [row.family for row in named],
            [others[other] for other in given],
            np.round(sure, 2).tolist(),
            [one if other >= 0 else None for one, other in zip(its, given, strict=True)],
        )
        return list(map(Named._make, zip(*columns, strict=True)))

    @cached_property
    def _nearest(self) -> Nearest:
        return Nearest(self.centres, self._family_numbers, MARGIN)

    @cached_property
    def _nearest_within(self) -> dict[int, tuple[Indices, Nearest]]:
        """The rows of each family, by its number in what people say, and their search."""
        found: dict[int, tuple[Indices, Nearest]] = {}
        for number, family in enumerate(self.said.families if self.said else ()):
            own = np.flatnonzero([row.family == family for row in self.rows])
            found[number] = (own, Nearest(self.centres[own], np.zeros(len(own), np.intp), 0.0))
        return found

    @cached_property
    def _family_numbers(self) -> list[int]:
        number = {family: place for place, family in enumerate(self.families)}
        return [number[row.family] for row in self.rows]

    @cached_property
    def _others(self) -> tuple[str | None, ...]:
        """Second families by their number; -1 is none."""
        return (*(self.said.families if self.said else self.families), None)


def _tone(lab: Floats, family: str | None) -> Named:
    lightness, a, b = lab.tolist()
    return Named(tone_name((lightness, a, b), family or ""), family or "")


def _parse(text: str, table: Path) -> tuple[NamedColour, ...]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise NamingError(
            f"{table}: column {', '.join(missing)} is missing; "
            f"the first line must hold {','.join(COLUMNS)}"
        )
    rows: list[NamedColour] = []
    for row in reader:
        name, family, colour = ((row[column] or "").strip() for column in COLUMNS)
        if not name or not family:
            raise NamingError(f"{table} line {reader.line_num}: name and family must not be empty")
        try:
            hex_to_rgb(colour)
        except ValueError as error:
            raise NamingError(f"{table} line {reader.line_num}: {error}") from error
        rows.append(NamedColour(name, family, colour.lower()))
    if not rows:
        raise NamingError(f"{table}: holds no colours; add at least one row below the header")
    return tuple(rows)
