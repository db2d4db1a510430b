"""A release's own code, taken from the history, and its programs beside those of this tree."""

import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import ROOT
from tests.support.programs import Environment, Running

LAST_RELEASE: Final = "428f76f6"
"""The commit of the last release whose workers run on while this one is installed."""

PATIENCE_S: Final = 240.0  # a busy machine is slow, not wrong


@dataclass(frozen=True)
class Release:
    """The code of one release and the environment in which its programs run."""

    tree: Path
    environment: Environment
    stand_in: str
    """The module of a worker with a fast stand-in for the networks."""
    working: tuple[str, ...] = ("work",)
    """The command that works and tells of each picture."""

    def colourway(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever its exit code."""
        return self.python("from colourway.cli import main; main()", *arguments)

    def python(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python code with this release's modules."""
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            **self._place(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    @contextmanager
    def worker(self, name: str, log: Path) -> Generator[Running]:
        """Keep a worker running until the block ends."""
        arguments = [sys.executable, "-m", self.stand_in, *self.working, "--name", name]
        with log.open("wb") as output:
            process = subprocess.Popen(
                arguments, **self._place(), stdout=output, stderr=subprocess.STDOUT
            )
        running = Running(process, log)
        try:
            wait_until(lambda: " ready." in running.said, running)
            yield running
            running.terminate()
        finally:
            process.kill()
            process.wait()

    def _place(self) -> dict[str, Any]:
        return {
            "env": os.environ | self.environment | {"PYTHONPATH": str(self.tree)},
            "cwd": self.tree,
        }


def wait_until(ready: Callable[[], bool], *workers: Running) -> None:
    """Return once something is true; fail where it never is, or a worker ends before."""
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        for worker in workers:
            worker.check_alive()
        if time.monotonic() > deadline:
            said = "\n".join(worker.said[-2000:] for worker in workers)
            pytest.fail(f"waited {PATIENCE_S:g} s in vain; the workers said:\n{said}")
        time.sleep(0.05)


def last_release(folder: Path, environment: Environment) -> Release:
    """Unpack the last release below a folder; skip the test where its history is missing."""
    archive = ["git", "-C", str(ROOT), "archive", "--format=tar", LAST_RELEASE]
    try:
        done = subprocess.run(archive, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(
            f"the last release ({LAST_RELEASE}) is not in this checkout: it is a source archive or "
            "a shallow clone"
        )
    with tarfile.open(fileobj=BytesIO(done.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return Release(folder, environment, "tests.chaos.stand_in")


def this_release(environment: Environment) -> Release:
    """Return the code under test."""
    working = ("work", "--log-level", "debug")
    return Release(ROOT, environment, "tests.chaos.workers.stand_in", working)
