"""Renamed options: the old name works, and says the new one."""

import pytest
from typer.main import get_command

from colourway.cli import COMMANDS, app
from colourway.renamed_options import RENAMED_OPTIONS, with_new_names


def test_old_names_become_new_ones(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--all", "--old", "x", "--old=y", "old"]
    assert with_new_names(words, {"--old": "--new"}) == ["--all", "--new", "x", "--new=y", "old"]
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "--old is now called --new\n" * 2


def test_new_names_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert with_new_names(["--new", "a=b", "--where=x=1"], {"--old": "--new"}) == [
        "--new",
        "a=b",
        "--where=x=1",
    ]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", RENAMED_OPTIONS)
def test_every_new_name_is_an_option_and_no_old_one_is(name: str) -> None:
    assert name in COMMANDS
    group = get_command(app)
    command = group.get_command(None, name)  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}
    assert set(RENAMED_OPTIONS[name].values()) <= options
    assert not options & RENAMED_OPTIONS[name].keys()
