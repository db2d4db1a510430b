"""The project's programs as anybody runs them: real processes, with settings in the environment."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import ROOT

Environment = Mapping[str, str]

BIN: Final = Path(sys.executable).parent
PATIENCE_S: Final = 240.0  # a busy machine is slow, not wrong


def run(environment: Environment, program: str, *arguments: str) -> str:
    """Run a program to its end and return what it printed; fail where its exit code is not 0."""
    ended = try_to_run(environment, program, *arguments)
    if ended.returncode != 0:
        pytest.fail(
            f"{program} {' '.join(arguments)} ended with {ended.returncode}:\n"
            f"{ended.stdout[-2000:]}\n{ended.stderr[-4000:]}"
        )
    return ended.stdout


def try_to_run(
    environment: Environment, program: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, whatever its exit code."""
    return subprocess.run(
        [BIN / program, *arguments],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def ask(environment: Environment, *arguments: str) -> Any:
    """Run ``colourway … --json`` and return what it says."""
    return json.loads(run(environment, "colourway", *arguments, "--json"))


class Running:
    """A running program, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def said(self) -> str:
        """Standard output and error."""
        return self._log.read_text(errors="replace")

    def records(self, event: str) -> list[dict[str, Any]]:
        """Return its log's records of one event (COLOURWAY_LOG_FORMAT is json)."""
        lines = [json.loads(line) for line in self.said.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def check_alive(self) -> None:
        """Fail, with what the program said, where it has ended."""
        if (code := self._process.poll()) is not None:
            pytest.fail(f"{self._process.args} ended with {code}; it said:\n{self.said[-4000:]}")

    def terminate(self) -> int:
        """Send SIGTERM and return the exit code."""
        self._process.terminate()
        return self._process.wait(PATIENCE_S)


@contextmanager
def running(
    environment: Environment, log: Path, program: str, *arguments: str
) -> Generator[Running]:
    """Keep a program running until the block ends; one that still runs then is killed."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [BIN / program, *arguments],
            env=os.environ | environment,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Running(process, log)
    finally:
        process.kill()
        process.wait()


def deadline() -> Generator[None]:
    """Yield, a moment apart, as long as patience lasts; fail when it ends."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        yield
        time.sleep(1)
    pytest.fail(f"waited for {PATIENCE_S:g} s in vain")
