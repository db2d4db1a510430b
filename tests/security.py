"""``make security``: the tests behind docs/security.md, run together and counted row by row.

``python -m tests.security ARGS`` passes arguments on to pytest.
"""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pytest
from rich.console import Console
from rich.table import Table

from tests.support import ROOT

DOCUMENT: Final = ROOT / "docs/security.md"

OUTCOMES: Final = ("passed", "failed", "skipped")


@dataclass(frozen=True)
class Guard:
    """A row of the document: what is tried, what holds, and the files that show it."""

    tried: str
    holds: str
    files: tuple[str, ...]


def read_guards() -> list[Guard]:
    """Return the rows of the document's table."""
    rows = re.findall(r"^\| (.+) \| (.+) \| (`tests/.+`) \|$", DOCUMENT.read_text("utf-8"), re.M)
    return [
        Guard(tried, holds, tuple(re.findall(r"`(tests/[^`]+)`", files)))
        for tried, holds, files in rows
    ]


class Counts:
    """A plugin that counts how the tests of each file ended."""

    def __init__(self) -> None:
        self._ended: dict[str, dict[str, str]] = {}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test's end: a failure of any part of it, or how its own part ended."""
        of_file = self._ended.setdefault(report.nodeid.partition("::")[0], {})
        if report.when != "call" and report.outcome == "passed":
            return  # it was set up, or cleaned up after
        if of_file.get(report.nodeid) != "failed":
            of_file[report.nodeid] = report.outcome

    def of(self, files: Sequence[str]) -> Counter[str]:
        """Return how many tests of these files, or of files in these folders, ended how."""
        ended = Counter[str]()
        for file, tests in self._ended.items():
            if any(file == each or file.startswith(f"{each.rstrip('/')}/") for each in files):
                ended.update(tests.values())
        return ended


def main(arguments: Sequence[str]) -> int:
    """Run the tests and print the table; return pytest's exit code, 1 where a row had no test."""
    guards, counts = read_guards(), Counts()
    files = sorted({file for guard in guards for file in guard.files})
    code = int(pytest.main([*arguments, *files], plugins=[counts]))
    table = Table("what is tried", "what holds", *OUTCOMES, show_lines=True)
    for guard in guards:
        ended = counts.of(guard.files)
        table.add_row(guard.tried, guard.holds, *(str(ended[each]) for each in OUTCOMES))
        if not ended["passed"]:
            code = code or 1
    ended = counts.of(files)
    table.add_row("in all", "", *(str(ended[each]) for each in OUTCOMES))
    Console(width=None if sys.stdout.isatty() else 140).print(table, markup=False)
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
