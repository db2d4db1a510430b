"""Progress: a bar at a terminal, a line now and then elsewhere."""

import io
import time

import pytest
from rich.console import Console
from rich.progress import Progress

from shared.cli.progress import ProgressBar, status_line
from shared.cli.time_left import time_left

EVERY_S = "shared.cli.periodic_lines.LINE_EVERY_S"


def shown(*, terminal: bool, quiet: bool = False, rest_s: float = 0.0) -> str:
    out = io.StringIO()
    bar = ProgressBar(Console(file=out, force_terminal=terminal, width=100), quiet)
    bar.step()  # before anything is being done
    with bar.doing("Drawing", 2):
        bar.step(note="1 drawn")
        bar.say("a line")
        time.sleep(rest_s)
        bar.step()
    return out.getvalue()


def test_a_terminal_shows_a_bar_with_its_note() -> None:
    text = shown(terminal=True)
    assert "Drawing" in text
    assert "1 drawn" in text
    assert "a line" in text


def test_elsewhere_short_work_prints_no_line_of_its_own() -> None:
    assert shown(terminal=False) == "a line\n"
    assert "Drawing" not in shown(terminal=True, quiet=True)


def test_elsewhere_long_work_prints_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EVERY_S, 0.01)
    lines = shown(terminal=False, rest_s=0.2).splitlines()
    assert "Drawing: 1 of 2, 1 drawn (0:00:00 so far)" in lines
    assert shown(terminal=False, quiet=True, rest_s=0.05) == "a line\n"


def test_elsewhere_a_status_is_printed_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(EVERY_S, 0.01)
    with status_line("Reading") as update:
        update("Reading: 7 products")
        time.sleep(0.2)
    assert "Reading: 7 products (0:00:00 so far)" in capsys.readouterr().err.splitlines()
    with status_line("Reading", quiet=True):
        time.sleep(0.05)
    assert capsys.readouterr().err == ""


def test_the_time_left_is_told_only_where_it_is_known() -> None:
    now_s = [0.0]
    bar = Progress(get_time=lambda: now_s[0], auto_refresh=False)
    unknown, known = bar.add_task("no total", total=None), bar.add_task("four", total=4)
    told: list[tuple[str, str]] = []
    for _ in range(4):
        told.append((time_left(bar.tasks[unknown]), time_left(bar.tasks[known])))
        now_s[0] += 10
        bar.update(unknown, advance=1)
        bar.update(known, advance=1)
    told.append((time_left(bar.tasks[unknown]), time_left(bar.tasks[known])))
    assert told == [("", ""), ("", ""), ("", "0:00:20 left"), ("", "0:00:10 left"), ("", "")]
