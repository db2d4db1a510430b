"""Drives the peers, which run in an environment and a process of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from worker.imaging.regions import Mask, Pixels

ENVIRONMENT: Final = Path(".venv-colours")
SCRIPT: Final = Path(__file__).parents[1] / "peers" / "colours" / "extract.py"
# One core, as for ours.
ONE_CORE: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Found:
    """What a peer found: sRGB of the primary colour, and the milliseconds that it took."""

    rgb: tuple[int, int, int]
    ms: float


def settings() -> dict[str, list[str]]:
    """Every peer with the names of its settings.

    Raises:
        SystemExit: their environment is missing.
    """
    listed = subprocess.run(
        [str(_python()), str(SCRIPT), "--list"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    by_peer: dict[str, list[str]] = {}
    for name in listed:
        by_peer.setdefault(name.split()[0], []).append(name)
    return by_peer


class Peers:
    """A running process of peers, asked picture by picture."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, pixels: Pixels, mask: Mask) -> dict[str, Found]:
        """What each of the chosen settings finds on the masked pixels.

        Raises:
            SystemExit: the process ended; its own words stand on standard error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        rgba = np.ascontiguousarray(np.dstack([pixels, mask.astype(np.uint8) * 255]))
        header = np.lib.format.header_data_from_array_1_0(rgba)
        np.lib.format.write_array_header_1_0(self._process.stdin, header)
        self._process.stdin.write(rgba.tobytes())
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit("the peers' process ended early; its own words stand above")
        answer = cast("dict[str, dict[str, Any]]", json.loads(line))
        return {name: Found(tuple(found["rgb"]), found["ms"]) for name, found in answer.items()}


@contextmanager
def running(names: list[str]) -> Generator[Peers]:
    """Start the peers with these settings; no names: all of them."""
    process = subprocess.Popen(
        [str(_python()), str(SCRIPT), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | dict.fromkeys(ONE_CORE, "1"),
    )
    try:
        yield Peers(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def _python() -> Path:
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        sys.exit(f"{python} is missing; `make bench-colours` makes it")
    return python
