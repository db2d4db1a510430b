"""Names and retail families of colours, read from a table that a retailer may replace.

A colour takes the name of the nearest row by CIEDE2000. Where a row of another family is nearly as
near, the colour lies between two families, and the naming says so. The table is data:
``name,family,hex``, several rows may share one name (a name then covers more than one round cell),
and the version is the table's own content, so that a result says which table named it.
"""

import csv
import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Lab, hex_to_rgb, rgb_to_lab
from shared.colour.nearest import Nearest
from shared.errors import ColourwayError

BUNDLED_TABLE: Final = Path(__file__).with_name("colours.csv")
COLUMNS: Final = ("name", "family", "hex")

MARGIN: Final = 1.0
"""A colour lies between two families where the nearest row of the other one is no more than this
much further away, by CIEDE2000 (``make bench ONLY=margin``)."""


class NamingError(ColourwayError):
    """A table of colour names cannot be used."""


@dataclass(frozen=True)
class NamedColour:
    """One row of the table: a name, its family, and the colour at its centre, ``#rrggbb``."""

    name: str
    family: str
    hex: str


class Named(NamedTuple):
    """What a colour is called; ``family_second`` is the other family, where it lies between two."""

    name: str
    family: str
    family_second: str | None = None


@dataclass(frozen=True)
class Naming:
    """A table of named colours and its version.

    The version is ``sha256:`` and 12 digits of the table's content and the margin's.
    """

    rows: tuple[NamedColour, ...]
    version: str

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a table, the bundled one unless a path is given.

        Args:
            path: CSV in UTF-8 with the columns name, family and hex; others are ignored.

        Raises:
            NamingError: unreadable, columns missing, no rows, or a row that is no colour; the
                message names the file and the line.
        """
        table = path or BUNDLED_TABLE
        try:
            text = table.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise NamingError(f"{table}: cannot read this table of names: {error}") from error
        # Line endings are no content: a table saved on another system keeps its version.
        rows = _parse(text, table)
        lines = [f"{row.name},{row.family},{row.hex}" for row in rows]
        content = "\n".join([*lines, f"margin {MARGIN}"])
        return cls(rows, f"sha256:{hashlib.sha256(content.encode()).hexdigest()[:12]}")

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        """Go to another process as rows and version: what was found by them is found again."""
        return type(self), (self.rows, self.version)

    @property
    def families(self) -> tuple[str, ...]:
        """The families in the table's order, each once."""
        return tuple(dict.fromkeys(row.family for row in self.rows))

    @cached_property
    def centres(self) -> Lab:
        """CIELAB (R, 3) of the rows."""
        return rgb_to_lab(np.stack([hex_to_rgb(row.hex) for row in self.rows]))

    def name(self, lab: npt.ArrayLike) -> Named:
        """Name one colour.

        Args:
            lab: CIELAB (D65), three numbers.

        Returns:
            The nearest row's name and family; the earlier row where two are equally near.
        """
        return self.name_many(np.asarray(lab, np.float64)[None])[0]

    def name_many(self, labs: npt.ArrayLike) -> list[Named]:
        """Name many colours, each as :meth:`name` does.

        Args:
            labs: CIELAB (D65), (N, 3).
        """
        first, second = self._nearest.find(labs)
        return [self._named[a][b] for a, b in zip(first.tolist(), second.tolist(), strict=True)]

    @cached_property
    def _nearest(self) -> Nearest:
        number = {family: place for place, family in enumerate(self.families)}
        return Nearest(self.centres, [number[row.family] for row in self.rows], MARGIN)

    @cached_property
    def _named(self) -> list[list[Named]]:
        """What a colour is called by its row and the number of its other family; -1 is none."""
        others = (*self.families, None)
        return [[Named(row.name, row.family, other) for other in others] for row in self.rows]


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
