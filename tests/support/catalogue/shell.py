"""Calling the front door as a shell would."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from colourway.cli import main


@dataclass(frozen=True)
class Said:
    exit_code: object
    out: str
    err: str


class Shell:
    """Calls the front door in this process, where that of a new one would only cost time."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._capture = capture

    def set(self, **environment: object) -> None:
        for name, value in environment.items():
            self._patch.setenv(name, str(value))

    def call(self, *words: object) -> Said:
        self._patch.setattr(sys, "argv", ["colourway", *map(str, words)])
        self._capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capture.readouterr()
        return Said(ended.value.code or 0, said.out, said.err)

    def answer(self, *words: object) -> Any:
        said = self.call(*words, "--json")
        assert said.exit_code == 0, said.err
        return json.loads(said.out)


@pytest.fixture
def shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    made = Shell(monkeypatch, capsys)
    made.set(
        COLOURWAY_HOME=tmp_path / "home",
        COLOURWAY_CHUNK_SIZE=2,
        CELERY_BROKER_URL="redis://:s3cret@127.0.0.1:1/0",
        COLUMNS=200,
    )
    return made
