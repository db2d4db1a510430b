import sys
from pathlib import Path

import pytest

from shared.cli.own_name import own_name


@pytest.fixture
def command(tmp_path: Path) -> Path:
    made = tmp_path / "my tools" / "colourway"
    made.parent.mkdir()
    made.touch(0o755)
    return made


def test_the_path_is_said_where_no_shell_finds_the_command(
    command: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(command.parent.parent)
    monkeypatch.setattr(sys, "argv", [str(command), "run"])
    assert own_name() == "'my tools/colourway'"


def test_the_name_is_said_where_a_shell_finds_it(
    command: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(command.parent))
    monkeypatch.setattr(sys, "argv", [str(command), "run"])
    assert own_name() == "colourway"


def test_begun_otherwise_it_is_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/lib/pytest/__main__.py"])
    assert own_name() == "colourway"
