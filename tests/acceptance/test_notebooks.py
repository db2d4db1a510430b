"""Every notebook runs from its first cell to its last, in a plain Python."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.programs import PATIENCE_S

NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@each_notebook
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert {cell["execution_count"] for cell in code} == {None}


@each_notebook
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    code = [source(cell) for cell in cells(path) if cell["cell_type"] == "code"]
    script = (
        "import json, sys\n"
        "names = {'__name__': '__main__'}\n"
        "for number, code in enumerate(json.load(sys.stdin), start=1):\n"
        "    exec(compile(code, f'cell {number}', 'exec'), names)\n"
        "assert names['result'].colours\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(code),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT))},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "no_person" in done.stdout
