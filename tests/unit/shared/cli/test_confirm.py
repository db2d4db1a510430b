"""Asking before what cannot be undone."""

import io

import pytest
import typer

from shared.cli.confirm import ask_first
from shared.errors import SettingsError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_it_is_an_error_that_names_the_option(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(SettingsError, match="Remove all\\? There is no terminal to ask at: give"):
        ask_first("Remove all?")


def test_only_yes_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    ask_first("Remove all?")
    for answer in ("n\n", "\n"):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        with pytest.raises(typer.Exit) as ended:
            ask_first("Remove all?")
        assert ended.value.exit_code == 1
    said = capsys.readouterr()
    assert said.err.count("Remove all? [y/N]") == 3
    assert said.err.endswith("nothing was changed\n")
