"""Builds to compare: the source at hand, and that of an earlier commit, each in its own processes.

An earlier build runs on today's packages, so that only our code differs, and has databases of its
own, made by its own migrations.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CHECKOUTS: Final = ROOT / "build" / "against"
"""Where earlier builds lie; git ignores it."""

_COMMAND: Final = "from colourway.cli import main; main()"


class NoBuildError(Exception):
    """The source of a commit cannot be had, and why."""


@dataclass(frozen=True, slots=True)
class Build:
    """Source that a benchmark runs, in processes of its own."""

    name: str
    source: Path

    def colourway(self, *words: str) -> list[str]:
        """Return a command line that runs ``colourway WORDS`` of this build."""
        return [sys.executable, "-c", _COMMAND, *words]

    def environment(self, settings: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment for this build's processes; run them in the folder ``source``."""
        return {**os.environ, **(settings or {}), "PYTHONPATH": str(self.source)}

    def migrate(self, url: str) -> None:
        """Bring a database to this build's schema."""
        subprocess.run(
            self.colourway("db", "upgrade"),
            env=self.environment({"DATABASE_URL": url}),
            cwd=self.source,
            check=True,
            stdout=subprocess.DEVNULL,
        )


THIS: Final = Build("this build", ROOT)


def build_of(commit: str) -> Build:
    """Return the build of a commit, whose source is laid down once, in an ignored folder.

    Raises :class:`NoBuildError` where git or the commit is missing.
    """
    full = _git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}").decode().strip()
    folder = CHECKOUTS / full
    if not folder.is_dir():
        CHECKOUTS.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=CHECKOUTS) as growing:
            packed = _git("archive", "--format=tar", full)
            subprocess.run(["tar", "--extract", "--directory", growing], input=packed, check=True)
            whole = Path(growing) / "whole"
            whole.mkdir()
            for each in [path for path in Path(growing).iterdir() if path != whole]:
                each.rename(whole / each.name)
            whole.rename(folder)
    return Build(full[:7], folder)


def _git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise NoBuildError("git is not installed") from error
    if done.returncode:
        raise NoBuildError(done.stderr.decode().strip() or f"git {words[-1]}: there is no such")
    return done.stdout
