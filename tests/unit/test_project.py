"""The project's own rules: pins, file sizes, names, and what CI runs."""

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import ROOT

PACKAGES = ["colourway", "web", "shared", "producer", "worker", "migrations", "bench", "tests"]
PIN_FILES = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def python_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def entries(pin_file: Path) -> list[str]:
    """Every requirement of a pin file as one line, its hashes included."""
    text = pin_file.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def pins(pin_file: Path) -> dict[str, Version]:
    """Name → version; asserts on the way that nothing but exact pins stands in the file."""
    found: dict[str, Version] = {}
    for entry in entries(pin_file):
        match = re.fullmatch(
            r"([a-z0-9-]+)==([^ ;]+)( ;.*?)? +(--hash=sha256:[0-9a-f]{64} *)+", entry
        )
        assert match, f"{pin_file.name}: no exact pin with sha256 hashes: {entry[:120]}"
        found[match[1]] = Version(match[2])
    return found


@pytest.mark.parametrize("pin_file", PIN_FILES, ids=lambda path: path.name)
def test_pins_are_exact_hashed_and_name_no_address(pin_file: Path):
    text = pin_file.read_text(encoding="utf-8")
    assert pins(pin_file)
    assert not re.search(
        r"://|--(extra-)?index-url|--find-links|--trusted-host| @ |\.(org|com)\b", text
    )


def test_every_pin_file_has_the_versions_that_the_tests_run_with():
    tested = pins(ROOT / "requirements/dev.txt")
    for pin_file in PIN_FILES:
        for name, version in pins(pin_file).items():
            assert tested.get(name, version) == version, f"{pin_file.name}: {name}"


@pytest.mark.parametrize(
    ("pin_file", "extras"),
    [
        ("dev", {"worker", "pictures", "postgres", "s3", "parquet", "train", "dev"}),
        ("producer", {"postgres", "s3", "parquet"}),
        ("worker", {"worker", "pictures", "postgres", "s3"}),
        ("worker-gpu", {"gpu", "pictures", "postgres", "s3"}),
    ],
)
def test_pins_answer_what_pyproject_asks(pin_file: str, extras: set[str]):
    pinned = pins(ROOT / f"requirements/{pin_file}.txt")
    optional = PROJECT["optional-dependencies"]
    wanted = PROJECT["dependencies"] + [line for extra in extras for line in optional[extra]]
    for requirement in map(Requirement, wanted):
        if requirement.name == "colourway":
            continue
        assert requirement.name in pinned, f"run make pins: {requirement.name} is not pinned"
        assert pinned[requirement.name] in requirement.specifier, f"run make pins: {requirement}"


def imported_packages() -> dict[str, str]:
    """Every package of others that the source imports by name, and a file that does."""
    found: dict[str, str] = {}
    for package in ("colourway", "web", "shared", "producer", "worker", "migrations"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                for top in {name.partition(".")[0] for name in names}:
                    if top not in sys.stdlib_module_names and not (ROOT / top).is_dir():
                        found.setdefault(top, str(path.relative_to(ROOT)))
    return found


def test_every_package_that_is_imported_is_declared():
    lines = [*PROJECT["dependencies"], *itertools.chain(*PROJECT["optional-dependencies"].values())]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    homes = packages_distributions()
    # Types alone, which boto3-stubs brings; and another backend of Keras that a user may install.
    elsewhere = {"mypy_boto3_s3", "mypy_boto3_sqs", "torch"}
    undeclared = {
        top: path
        for top, path in imported_packages().items()
        if top not in elsewhere
        and not declared & {canonicalize_name(name) for name in homes.get(top, [top])}
    }
    assert undeclared == {}


def test_a_producer_installs_neither_networks_nor_pictures():
    pinned = pins(ROOT / "requirements/producer.txt")
    heavy = {"tensorflow", "tensorflow-cpu", "keras", "opencv-python-headless", "pillow"}
    assert not heavy & set(pinned)


def test_a_producer_installs_what_the_broker_needs_undeclared():
    # kombu's Redis transport imports both, and only an extra that we do not use declares them.
    assert {"redis", "packaging"} <= set(pins(ROOT / "requirements/producer.txt"))


def test_no_lock_file_that_records_addresses_is_committed():
    try:
        listing = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git work tree: what is committed cannot be asked")
    locks = [name for name in listing if re.search(r"(uv|poetry|pdm)\.lock$|pylock.*\.toml$", name)]
    assert locks == []


def test_no_file_is_longer_than_300_lines():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > 300} == {}


def test_every_file_is_named_for_what_it_holds():
    empty_words = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    names = [path.relative_to(ROOT) for path in python_files() if set(path.parts) & empty_words]
    assert names + [path for path in python_files() if path.stem in empty_words] == []


def test_ci_runs_what_a_contributor_types():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    what_is_missing = script.index("for program in chromium prometheus; do")
    assert [line for line in script[what_is_missing:] if line.startswith("make")] == script[-2:]
    assert script[-2:] == ["make check", "make test"]


def test_an_image_gets_every_folder_that_the_dockerfile_copies():
    copied = re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text("utf-8"), re.M)
    assert {"colourway", "shared", "producer", "web", "worker", "migrations"} == set(copied)
    let_through = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert [folder for folder in copied if f"!{folder}" not in let_through] == []


PAGE_PARTS = {"Card", "Section"}
"""Every page of ``colourway/pages`` has cards and sections of its own."""


def test_no_two_classes_share_a_name():
    found: dict[str, list[str]] = defaultdict(list)
    for package in ("colourway", "producer", "shared", "web", "worker"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and node.name not in PAGE_PARTS:
                    found[node.name].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}
