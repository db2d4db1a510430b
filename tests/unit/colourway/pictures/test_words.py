"""What people and programs read of pictures."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from colourway.pictures.batch import AnalysedPicture
from colourway.pictures.words import ResultsTable, picture_block, printable, reason, swatches
from shared.contracts.stages import Code, Stage
from shared.contracts.warnings import MEANINGS
from shared.errors import StageError
from tests.support.painted import painted_analyzer, painted_person

ANALYSIS = painted_analyzer().analyze(painted_person())


def printed(what: object, width: int = 120, **options: object) -> str:
    console = Console(file=io.StringIO(), width=width, **options)  # type: ignore[arg-type]
    console.print(what)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_block_tells_all_of_one_picture() -> None:
    doubtful = replace(ANALYSIS, warnings=("low_confidence",), piece="top")
    text = printed(picture_block("dress.jpg", doubtful, coloured=False))
    words = ("dress.jpg", "#0000ff", "blue", "100 %", "skin", "hair", "person", "top", "plain")
    assert all(
        word in text for word in (*words, f"{ANALYSIS.confidence:.2f}", MEANINGS["low_confidence"])
    )


def test_swatches_are_for_terminals_of_all_colours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    console = Console(force_terminal=True, color_system="truecolor")
    assert swatches(console)
    block = picture_block("a.jpg", ANALYSIS, coloured=True)
    shown = printed(block, force_terminal=True, color_system="truecolor")
    assert "\x1b[48;2;0;0;255m" in shown
    assert not swatches(Console(force_terminal=True, color_system="256"))
    assert not swatches(Console(file=io.StringIO()))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not swatches(Console(force_terminal=True, color_system="truecolor"))


def test_a_table_has_a_row_for_each_picture_with_colours() -> None:
    table = ResultsTable(coloured=False, with_piece=True)
    table.add(AnalysedPicture("a.jpg", ANALYSIS))
    table.add(AnalysedPicture("b.jpg", error=StageError(Stage.MASK, Code.NO_PERSON, "nobody")))
    text = printed(table)
    assert "a.jpg" in text
    assert "b.jpg" not in text
    assert "piece" in text


def test_names_can_neither_steer_a_terminal_nor_style_the_text() -> None:
    name = "\x1b[31m[bold red]\u202ex\udcff.jpg"
    assert printable(name) == "�[31m[bold red]�x�.jpg"
    table = ResultsTable(coloured=False, with_piece=False)
    table.add(AnalysedPicture(name, ANALYSIS))
    block = picture_block(name, ANALYSIS, coloured=False)
    for text in (printed(table), printed(block)):
        assert "[bold red]" in text
        assert "\x1b" not in text


def test_a_reason_names_the_picture_once() -> None:
    told = StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "there is no file 'a.jpg'")
    assert reason("a.jpg", told) == "there is no file 'a.jpg'"
    untold = StageError(Stage.DECODE, Code.NOT_AN_IMAGE, "looks like plain text")
    assert reason("a\n.jpg", untold) == "a�.jpg: looks like plain text"
