"""How probable each family of colours is, for a colour, how it was lit, and what it is a colour of.

Three CSV files are the table, each with a column for every family:

- ``colour.csv``: percent at points of lightness, chroma and hue; empty is less than 0.1.
- ``lighting.csv``: how much more often people say a family of what is lit so, at fewer points.
- ``kind.csv``: how much more often they say it of a kind of product, such as denim, at any colour.

A probability is the product of the three, interpolated between points and scaled to 1. The files
are learned (``python -m bench.fitting.learn``), and may be edited: they are read as they stand.
"""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Floats
from shared.colour.families.lattice import Lattice
from shared.errors import ColourwayError

FOLDER: Final = Path(__file__).parent
COLOUR_FILE, LIGHTING_FILE, KIND_FILE = "colour.csv", "lighting.csv", "kind.csv"
PLACE: Final = ("lightness", "chroma", "hue")

COLOUR_LATTICE: Final = Lattice(
    (0, 10, 17, 24, 31, 38, 46, 55, 65, 74, 82, 88, 93, 100), (0, 1, 3, 5, 8, 12, 17, 23, 33), 18
)
LIGHTING_LATTICE: Final = Lattice((0, 20, 38, 55, 72, 86, 94, 100), (0, 3, 7, 15, 30), 6)

AT_ONCE: Final = 1024
"""So many colours at a time: what comes in between stays in the processor's cache."""

LEAST: Final = 0.0005
"""The probability of a family whose cell is empty."""


class FamiliesError(ColourwayError):
    """A table of families cannot be used."""


class Presentation(NamedTuple):
    """How a colour is shown: its lighting (``person``, ``packshot``) and the kind of product.

    None, or a word that the table does not have, says nothing.
    """

    lighting: str | None = None
    kind: str | None = None


UNKNOWN: Final = Presentation()


@dataclass(frozen=True, eq=False)
class FamilyTable:
    """What people call colours.

    Attributes:
        families: in the order of the last axis of everything else.
        colour: natural logarithms of probabilities, (points of COLOUR_LATTICE, families).
        lighting: logarithms of factors by lighting, (points of LIGHTING_LATTICE, families) each.
        kind: logarithms of factors by kind, (families,) each.
        version: ``sha256:`` and 12 digits of the files' content.
    """

    families: tuple[str, ...]
    colour: Floats
    lighting: Mapping[str, Floats]
    kind: Mapping[str, Floats]
    version: str = ""

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Read the three files of a folder.

        Raises:
            FamiliesError: a file is unreadable, its columns differ, or a cell is no number; the
                message names the file and the line.
        """
        paths = [folder / name for name in (COLOUR_FILE, LIGHTING_FILE, KIND_FILE)]
        colour, families, text = _read(paths[0], PLACE, ())
        lighting, _, more = _read(paths[1], ("lighting", *PLACE), families)
        kind, _, most = _read(paths[2], ("kind",), families)
        by_light: dict[str, dict[tuple[str, ...], Floats]] = {}
        for (light, *place), values in lighting.items():
            by_light.setdefault(light, {})[tuple(place)] = values
        many = len(families)
        percent = _laid(colour, COLOUR_LATTICE, many, 100 / many, paths[0])
        factors = {
            light: _laid(each, LIGHTING_LATTICE, many, 1.0, paths[1])
            for light, each in by_light.items()
        }
        digest = hashlib.sha256("\n".join((text, more, most)).encode()).hexdigest()
        return cls(
            families,
            np.log(np.maximum(percent / 100, LEAST)),
            {light: np.log(np.maximum(each, LEAST)) for light, each in factors.items()},
            {key: np.log(np.maximum(values, LEAST)) for (key,), values in kind.items()},
            f"sha256:{digest[:12]}",
        )

    def probabilities(self, labs: npt.ArrayLike, shown: Sequence[Presentation]) -> Floats:
        """Return how probable each family is.

        Args:
            labs: CIELAB (D65), (N, 3).
            shown: how each of the N colours is shown.

        Returns:
            float64 (N, families); each row sums to 1.
        """
        points = np.asarray(labs, np.float64).reshape(-1, 3)
        if len(points) > AT_ONCE:
            places = range(0, len(points), AT_ONCE)
            parts = [slice(place, place + AT_ONCE) for place in places]
            return np.concatenate([self.probabilities(points[p], shown[p]) for p in parts])
        numbers, weights = COLOUR_LATTICE.around(points)
        odds = _mean(self.colour, numbers, weights)
        codes = [self._codes.get(each, (0, 0)) for each in shown]
        light, kind = np.array(codes, np.intp).reshape(-1, 2).T
        lit = light > 0
        if lit.any():
            numbers, weights = LIGHTING_LATTICE.around(points[lit])
            numbers += (light[lit, None] - 1) * LIGHTING_LATTICE.size
            odds[lit] += _mean(self._lightings, numbers, weights)
        odds += self._kinds[kind]
        odds -= odds.max(axis=1, keepdims=True)
        np.exp(odds, out=odds)
        odds /= odds.sum(axis=1, keepdims=True)
        return odds

    @cached_property
    def _codes(self) -> dict[Presentation, tuple[int, int]]:
        """Numbers of lighting and kind, from 1; 0 says nothing."""
        lights = {None: 0} | {name: place + 1 for place, name in enumerate(self.lighting)}
        kinds = {None: 0} | {name: place + 1 for place, name in enumerate(self.kind)}
        return {
            Presentation(light, kind): (one, other)
            for light, one in lights.items()
            for kind, other in kinds.items()
        }

    @cached_property
    def _lightings(self) -> Floats:
        return np.concatenate([*self.lighting.values(), np.zeros((0, len(self.families)))])

    @cached_property
    def _kinds(self) -> Floats:
        return np.stack([np.zeros(len(self.families)), *self.kind.values()])


def _mean(values: Floats, numbers: npt.NDArray[np.intp], weights: Floats) -> Floats:
    """Return the weighted mean of 8 rows of values for each of N colours."""
    total = weights[:, :1] * values[numbers[:, 0]]
    for corner in range(1, numbers.shape[1]):
        total += weights[:, corner, None] * values[numbers[:, corner]]
    return total


def _read(
    path: Path, keys: tuple[str, ...], families: tuple[str, ...]
) -> tuple[dict[tuple[str, ...], Floats], tuple[str, ...], str]:
    """Read a file: its rows by their keys, its families, and its content with plain line ends.

    ``families`` are those that it must have; the first file tells them.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FamiliesError(f"{path}: cannot read this table of families: {error}") from error
    lines = text.splitlines()
    header = tuple(next(csv.reader(lines[:1]), ()))
    found = header[len(keys) :]
    if header[: len(keys)] != keys or not found or (families and found != families):
        expected = ",".join((*keys, *(families or ("families",))))
        raise FamiliesError(f"{path}: the first line must be {expected}")
    rows: dict[tuple[str, ...], Floats] = {}
    for number, cells in enumerate(csv.reader(lines[1:]), start=2):
        try:
            values = [float(cell or 0) for cell in cells[len(keys) :]]
        except ValueError as error:
            raise FamiliesError(f"{path} line {number}: {error}; write a number") from None
        if len(values) != len(found) or not all(0 <= value < np.inf for value in values):
            raise FamiliesError(
                f"{path} line {number}: write {len(found)} numbers that are not negative"
            )
        rows[tuple(cells[: len(keys)])] = np.array(values)
    return rows, found, "\n".join(lines)


def _laid(
    rows: Mapping[tuple[str, ...], Floats],
    lattice: Lattice,
    families: int,
    missing: float,
    path: Path,
) -> Floats:
    """Lay rows by lightness, chroma and hue onto a lattice, (P, families).

    Points that no row is for lie outside of all that a picture can show.
    """
    at = {
        tuple(f"{value:g}" for value in point): place
        for place, point in enumerate(lattice.points.tolist())
    }
    laid = np.full((lattice.size, families), missing)
    for place, values in rows.items():
        if place not in at:
            raise FamiliesError(f"{path}: there is no point {', '.join(place)} in this table")
        laid[at[place]] = values
    return laid
