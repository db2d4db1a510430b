"""What ``import colourway`` gives, and what it does not load."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

import colourway
from tests.support import ROOT

HEAVY = {"tensorflow", "keras", "cv2", "numpy", "PIL", "pydantic", "sqlalchemy", "httpx2", "rich"}


def loaded_by(statement: str) -> set[str]:
    """The packages of others that a statement loads, in a process of its own."""
    script = f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_the_package_loads_nothing_until_it_is_asked() -> None:
    assert not loaded_by("import colourway; dir(colourway)") & HEAVY


def test_the_analyzer_is_imported_without_the_networks_framework() -> None:
    loaded = loaded_by("from colourway import Analyzer, Analysis, Colours")
    assert not loaded & {"tensorflow", "keras", "sqlalchemy", "celery", "scipy"}


@pytest.mark.parametrize("name", colourway.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(colourway, name) is not None
    assert name in dir(colourway)


def test_the_version_is_the_packages() -> None:
    assert colourway.__version__ == version("colourway")


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Analyser'"):
        _ = colourway.Analyser  # type: ignore[attr-defined]


@pytest.mark.parametrize("package", ["colourway", "shared", "worker"])
def test_the_packages_say_that_they_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
