"""The backend is known before Keras is imported, and is the one that Keras then takes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from worker.networks.backend import backend


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


def test_here_it_is_that_of_keras() -> None:
    assert backend() == keras.backend.backend() == "tensorflow"


def test_it_is_tensorflow_where_nothing_is_set(home: Path) -> None:
    assert backend() == "tensorflow"
    (home / "keras.json").write_text("no JSON")
    assert backend() == "tensorflow"


def test_the_file_of_keras_counts_and_the_environment_more(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "keras.json").write_text(json.dumps({"backend": "jax"}))
    assert backend() == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert backend() == "torch"
    monkeypatch.setenv("KERAS_BACKEND", "")
    assert backend() == "jax"


def test_without_a_home_of_its_own_the_file_lies_in_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps({"backend": "jax"}))
    assert backend() == "jax"


def test_asking_imports_no_framework() -> None:
    code = "import sys; from worker.networks.backend import backend; backend(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True
    )
    assert {"keras", "tensorflow"} & set(done.stdout.split()) == set()
