"""The folder of results: a cut-out for each picture, and all that was said of them."""

import csv
import json
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TextIO

from colourway.pictures.batch import AnalysedPicture
from colourway.pictures.words import FIELDS, as_object, as_row
from shared.errors import ColourwayError
from shared.spreadsheet_cells import inert_row

if TYPE_CHECKING:
    from worker.analysis.analysis import Analysis

LONGEST_STEM: Final = 60


class ResultsFolder:
    """Writes ``results.csv``, ``results.jsonl`` and ``cutouts/NAME.png`` as pictures come.

    A run that is stopped leaves what it has written; another one begins the files anew.

    Raises:
        ColourwayError: the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._cutouts = folder / "cutouts"
        self._taken: set[str] = set()
        try:
            self._cutouts.mkdir(parents=True, exist_ok=True)
            self._lines = _begin(folder / "results.jsonl")
            self._table = _begin(folder / "results.csv")
        except OSError as error:
            raise ColourwayError(f"--out {folder}: {error.strerror or error}") from error
        self._rows = csv.DictWriter(self._table, FIELDS, restval="")
        self._rows.writeheader()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lines.close()
        self._table.close()

    def add(self, outcome: AnalysedPicture) -> None:
        """Write what became of one picture."""
        cutout = None
        if outcome.analysis is not None:
            name = self._free_name(outcome.shown)
            write_cutout(self._cutouts / name, outcome.analysis, "--out")
            cutout = f"cutouts/{name}"
        self._lines.write(json.dumps(as_object(outcome, cutout)) + "\n")
        row = as_row(outcome, cutout)
        self._rows.writerow(dict(zip(row, inert_row(row.values()), strict=True)))

    def _free_name(self, shown: str) -> str:
        """A name for a cut-out that nothing before it has, in small and large letters."""
        stem = plain_stem(shown)
        name, number = f"{stem}.png", 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}-{number}.png"
        self._taken.add(name.casefold())
        return name


def plain_stem(shown: str) -> str:
    """The last part of a path or URL without its ending, safe as the name of a file.

    >>> plain_stem("https://shop.example/a%20dress.jpg?…")
    'a_20dress'
    """
    last = shown.partition("?")[0].rstrip("/").rpartition("/")[2]
    letters = (letter if letter.isalnum() or letter in "-_." else "_" for letter in last)
    stem = Path("".join(letters)).stem.lstrip(".")
    return stem[:LONGEST_STEM] or "picture"


def write_cutout(path: Path, analysis: "Analysis", option: str) -> None:
    """Write a cut-out as PNG, without loss.

    Raises:
        ColourwayError: it cannot be written; ``option`` is what named the place.
    """
    from shared.storage.atomic_write import whole_file  # noqa: PLC0415 - only when needed
    from worker.stages.store import encode_cutout  # noqa: PLC0415 - the worker's side

    content = encode_cutout(analysis.cutout, "png")
    with whole_file(str(path), option) as file:
        file.write(content)


def _begin(path: Path) -> TextIO:
    return path.open("w", buffering=1, encoding="utf-8", errors="backslashreplace", newline="")
