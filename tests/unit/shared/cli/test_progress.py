"""Progress: shown at a terminal, silent elsewhere."""

import io

from rich.console import Console

from shared.cli.progress import ProgressBar


def shown(*, terminal: bool, quiet: bool = False) -> str:
    out = io.StringIO()
    bar = ProgressBar(Console(file=out, force_terminal=terminal, width=100), quiet)
    bar.step()  # before anything is being done
    with bar.doing("Drawing", 2):
        bar.step(note="1 drawn")
        bar.say("a line")
        bar.step()
    return out.getvalue()


def test_a_terminal_shows_a_bar_with_its_note() -> None:
    text = shown(terminal=True)
    assert "Drawing" in text
    assert "1 drawn" in text
    assert "a line" in text


def test_elsewhere_only_lines_are_printed() -> None:
    assert shown(terminal=False) == "a line\n"
    assert "Drawing" not in shown(terminal=True, quiet=True)
