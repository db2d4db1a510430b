"""The command line finds every command, imports no more than it must, and explains errors."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from colourway.cli import COMMANDS, app, explain
from shared.errors import SettingsError, WeightsError

HEAVY = ("tensorflow", "keras", "cv2", "numpy", "worker.networks", "worker.pipeline")


def colourway(*args: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from colourway.cli import main; main()", *args],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLOURWAY_HOME": str(home), **environment},
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says(name: str) -> None:
    place = COMMANDS[name]
    assert getattr(import_module(place.module), place.attribute)
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert f"Usage: colourway {name}" in shown.output or f"Usage: root {name}" in shown.output


def test_the_help_page_lists_every_command_and_the_exit_codes() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert all(f" {name} " in shown.output for name in COMMANDS)
    assert "Exit codes" in shown.output


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["enrich"]).exit_code == 2


# One process imports the front door, and each command's help is shown by a fork of it.
SHOW_HELP = """
import json, os, sys
from colourway.cli import app
for name in sys.argv[1:]:
    if (child := os.fork()) == 0:
        try:
            app([name, "--help"])
        except SystemExit as ended:
            print(json.dumps([name, ended.code, sorted(sys.modules)]), file=sys.stderr, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
LIGHT = (
    *("enqueue", "dispatch", "status", "run", "picture", "db", "evaluate", "dataset"),
    *("backfill", "retry", "quarantine", "failures", "export", "audit", "validate-feed"),
)


@pytest.fixture(scope="module")
def imported() -> dict[str, tuple[int, set[str]]]:
    """The exit code of each command's ``--help``, and the modules that it had imported."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW_HELP, *LIGHT],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told = map(json.loads, done.stderr.splitlines())
    return {name: (exit_code, set(modules)) for name, exit_code, modules in told}


@pytest.mark.parametrize("name", LIGHT)
def test_help_of_a_command_imports_nothing_heavy(
    name: str, imported: dict[str, tuple[int, set[str]]]
) -> None:
    exit_code, loaded = imported[name]
    assert exit_code == 0
    assert not loaded & set(HEAVY)
    assert ("sqlalchemy" in loaded) is False


def test_the_version_is_printed(tmp_path: Path) -> None:
    done = colourway("--version", home=tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "colourway")


def test_an_expected_error_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    done = colourway("run", str(tmp_path / "nowhere.csv"), home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("colourway: ")
    assert "nowhere.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_makes_no_sense_is_wrong_usage(tmp_path: Path) -> None:
    done = colourway("db", "upgrade", home=tmp_path, COLOURWAY_LEASE_S="soon")
    assert done.returncode == 2
    assert "COLOURWAY_LEASE_S" in done.stderr


def test_the_database_is_made_and_left_as_it_is(tmp_path: Path) -> None:
    first, second = (colourway("db", "upgrade", home=tmp_path) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert ".db is at schema " in first.stdout
    assert "batches, catalogues, " in first.stdout
    assert "is up to date already, at schema " in second.stdout
    assert (tmp_path / "colourway.db").is_file()


def test_known_errors_are_explained_and_others_are_not() -> None:
    assert explain(WeightsError("no weights")) == ("no weights", 1)
    assert explain(SettingsError("check these")) == ("check these", 2)
    missing = explain(ModuleNotFoundError("No module named 'cv2'", name="cv2"))
    assert missing is not None
    assert "colourway[worker]" in missing[0]
    refused = explain(OperationalError("SELECT 1", {}, Exception("connection refused\nmore")))
    assert refused is not None
    assert "DATABASE_URL" in refused[0]
    assert "connection refused" in refused[0]
    assert explain(RuntimeError("a bug")) is None
    assert explain(ModuleNotFoundError("No module named 'shared.x'", name="shared.x")) is None
