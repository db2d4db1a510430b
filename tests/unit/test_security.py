"""The table of docs/security.md, as `make security` reads and counts it."""

import re

import pytest

from tests.security import DOCUMENT, Counts, read_guards
from tests.support import ROOT


def test_every_row_of_the_document_is_read_and_names_tests_that_exist() -> None:
    text = DOCUMENT.read_text("utf-8")
    table = text.partition("| what is tried |")[2].partition("\n\n")[0]
    guards = read_guards()
    assert len(guards) == len(table.splitlines()) - 2
    assert len(guards) >= 12
    for guard in guards:
        assert guard.files
        for file in guard.files:
            assert (ROOT / file).exists(), file


def test_every_test_of_the_document_stands_in_its_table() -> None:
    named = set(re.findall(r"`(tests/[^`]+\.py)`", DOCUMENT.read_text("utf-8")))
    assert named == {file for guard in read_guards() for file in guard.files if file[-3:] == ".py"}


def test_tests_are_counted_by_the_file_or_the_folder_that_a_row_names() -> None:
    counts = Counts()
    for name, when, outcome in (
        ("tests/a/test_x.py::one", "setup", "passed"),
        ("tests/a/test_x.py::one", "call", "passed"),
        ("tests/a/test_x.py::one", "teardown", "failed"),
        ("tests/a/test_x.py::two", "call", "passed"),
        ("tests/a/test_x.py::three", "setup", "skipped"),
        ("tests/ab/test_y.py::four", "call", "failed"),
    ):
        counts.pytest_runtest_logreport(
            pytest.TestReport(name, ("", 0, ""), {}, outcome, None, when)  # pyright: ignore[reportArgumentType]
        )
    assert counts.of(["tests/a"]) == {"failed": 1, "passed": 1, "skipped": 1}
    assert counts.of(["tests/ab/test_y.py"]) == {"failed": 1}
    assert counts.of(["tests/a/test_x.py", "tests/ab"])["failed"] == 2
