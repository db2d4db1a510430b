"""Names and retail families of colours, read from a table that a retailer may replace.

A colour takes the name of the nearest row by CIEDE2000. The table is data: ``name,family,hex``,
several rows may share one name (a name then covers more than one round cell), and the version is
the table's own content, so that a result says which table named it.
"""

import csv
import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from shared.cielab import Lab, delta_e2000, hex_to_rgb, rgb_to_lab
from shared.errors import ColourwayError

BUNDLED_TABLE: Final = Path(__file__).with_name("colours.csv")
COLUMNS: Final = ("name", "family", "hex")


class NamingError(ColourwayError):
    """A table of colour names cannot be used."""


@dataclass(frozen=True)
class NamedColour:
    """One row of the table: a name, its family, and the colour at its centre, ``#rrggbb``."""

    name: str
    family: str
    hex: str


@dataclass(frozen=True)
class Naming:
    """A table of named colours and its version (``sha256:`` and 12 digits of its content)."""

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
        content = "\n".join(f"{row.name},{row.family},{row.hex}" for row in rows)
        return cls(rows, f"sha256:{hashlib.sha256(content.encode()).hexdigest()[:12]}")

    @property
    def families(self) -> tuple[str, ...]:
        """The families in the table's order, each once."""
        return tuple(dict.fromkeys(row.family for row in self.rows))

    def name(self, lab: npt.ArrayLike) -> tuple[str, str]:
        """Name one colour.

        Args:
            lab: CIELAB (D65), three numbers.

        Returns:
            The nearest row's name and family; the earlier row where two are equally near.
        """
        nearest = self.rows[int(delta_e2000(np.asarray(lab, np.float64), self._centres).argmin())]
        return nearest.name, nearest.family

    @cached_property
    def _centres(self) -> Lab:
        return rgb_to_lab(np.stack([hex_to_rgb(row.hex) for row in self.rows]))


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
