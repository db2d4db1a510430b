"""What is said of pictures: lines and a table for people, objects and rows for programs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from colourway.pictures.batch import AnalysedPicture
from shared.contracts.results import Shade
from shared.contracts.stages import Code, Stage
from shared.contracts.warnings import MEANINGS
from shared.errors import StageError

if TYPE_CHECKING:
    from worker.analysis.analysis import Analysis

FEED_ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".ndjson", ".xml", ".xlsx", ".parquet")
"""How files are called that are no pictures, but name some."""

TABLE_WIDTH: Final = 250
"""Columns where there is no terminal: a path stays on one line."""

FIELDS: Final = (
    *("source", "code", "message", "hex", "name", "family", "family_second", "share"),
    *("pattern", "piece", "subject", "confidence", "warnings", "cutout"),
)
"""Columns of a CSV of results: one row a picture, with its main colour."""


def printable(text: str) -> str:
    """The text without anything that a terminal would obey: such characters become �."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def reason(shown: str, error: StageError) -> str:
    """Why a picture has no colours, in one line that names it."""
    # Messages of fetching name the picture themselves.
    told = error.message if error.stage is Stage.FETCH else f"{shown}: {error.message}"
    if error.code is Code.NOT_AN_IMAGE and shown.lower().endswith(FEED_ENDINGS):
        told += "; a feed is for `colourway run`"
    return printable(told)


def swatches(console: Console) -> bool:
    """Whether the console can show any colour as it is."""
    return console.color_system == "truecolor" and not console.no_color


def picture_block(shown: str, analysis: "Analysis", coloured: bool) -> RenderableType:
    """All that is said of one picture."""
    rows = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    rows.add_column(style="dim")
    for _ in range(4):
        rows.add_column()
    rows.add_column(justify="right")
    regions = (("clothes", analysis.colours), ("skin", analysis.skin), ("hair", analysis.hair))
    for region, shades in regions:
        for place, shade in enumerate(shades):
            rows.add_row("" if place else region, *_shade_cells(shade, coloured))
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    facts.add_column(style="dim")
    facts.add_column()
    facts.add_row("shows", f"a {analysis.subject}")
    if analysis.piece is not None:
        facts.add_row("piece", analysis.piece)
    if analysis.reading.understood:
        facts.add_row("product", printable(str(analysis.reading)))
    facts.add_row("pattern", analysis.pattern or "")
    facts.add_row("confidence", f"{analysis.confidence:.2f}")
    for warning in analysis.warnings:
        facts.add_row("warning", f"{warning}: {MEANINGS.get(warning, '')}")
    whole = Table.grid()
    whole.add_row(Text(printable(shown), "bold"))
    whole.add_row(rows)
    whole.add_row(facts)
    return whole


class ResultsTable:
    """A table with one row for each picture that has colours."""

    def __init__(self, coloured: bool, with_piece: bool) -> None:
        self._coloured, self._with_piece = coloured, with_piece
        self._table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        self._table.add_column("picture", overflow="fold")
        for heading in ("", "colour", "name", "family"):
            self._table.add_column(heading, no_wrap=True)
        self._table.add_column("share", justify="right", no_wrap=True)
        self._table.add_column("pattern")
        if with_piece:
            self._table.add_column("piece")
        self._table.add_column("sure", justify="right")
        self._table.add_column("warnings")

    def add(self, outcome: AnalysedPicture) -> None:
        """Add a picture with its main colour; one without is left out."""
        analysis = outcome.analysis
        if analysis is None:
            return
        piece = [analysis.piece or "–"] if self._with_piece else []
        self._table.add_row(
            Text(printable(outcome.shown)),
            *_main_cells(analysis.colours, self._coloured),
            analysis.pattern or "",
            *piece,
            f"{analysis.confidence:.2f}",
            ", ".join(analysis.warnings),
        )

    def __rich__(self) -> Table:
        return self._table


def _main_cells(colours: Sequence[Shade], coloured: bool) -> Sequence[Text]:
    if not colours:  # what is for sale is not in the picture
        return (Text(""), Text("–"), Text("–"), Text("–"), Text("–"))
    return _shade_cells(colours[0], coloured)


def _shade_cells(shade: Shade, coloured: bool) -> Sequence[Text]:
    from worker.analysis.colours import families, percent  # noqa: PLC0415 - the worker's side

    swatch = Text("    ", Style(bgcolor=shade.hex)) if coloured else Text("")
    words = (shade.hex, shade.name, families(shade), percent(shade))
    return (swatch, *(Text(printable(word)) for word in words))


def as_object(outcome: AnalysedPicture, cutout: str | None = None) -> dict[str, object]:
    """One picture as plain JSON values; ``cutout`` is where its cut-out was written."""
    if outcome.analysis is None:
        error = outcome.error
        assert error is not None  # one of the two is always there
        why = {"code": error.code.value, "stage": error.stage.value, "message": error.message}
        return {"source": outcome.shown, **why}
    told = {"source": outcome.shown, "code": "ok", **outcome.analysis.to_json()}
    return told if cutout is None else {**told, "cutout": cutout}


def as_row(outcome: AnalysedPicture, cutout: str | None = None) -> dict[str, object]:
    """One picture as a row of a CSV file, by :data:`FIELDS`; what is not known is left out."""
    whole = as_object(outcome, cutout)
    row = {name: whole[name] for name in FIELDS if name in whole}
    if outcome.analysis is None:
        return row
    row["warnings"] = "|".join(outcome.analysis.warnings)
    row["confidence"] = round(outcome.analysis.confidence, 4)
    for first in outcome.analysis.colours[:1]:
        main = {name: value for name, value in first.to_json().items() if name in FIELDS}
        row |= {**main, "share": round(first.share, 4)}
    return row
