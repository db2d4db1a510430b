"""What one command costs: time by the clock, processor time here and in PostgreSQL, memory."""

import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryFile

import psycopg
from sqlalchemy import make_url

from bench.rig.builds import Build
from bench.rig.processor_time import ProcessorTime, backends


@dataclass(frozen=True, slots=True)
class CommandCost:
    """What one call of a command took; ``server_s`` is None where no PostgreSQL was used."""

    wall_s: float
    command_s: float
    server_s: float | None
    peak_mb: float

    @property
    def processor_s(self) -> float:
        """Processor time of the command and of PostgreSQL together."""
        return self.command_s + (self.server_s or 0.0)


def cost_of(build: Build, words: list[str], settings: Mapping[str, str]) -> CommandCost:
    """Run ``colourway WORDS`` of a build, and measure it; ends the benchmark where it fails."""
    with TemporaryFile("w+", encoding="utf-8") as said, _server(settings["DATABASE_URL"]) as server:
        started = time.monotonic()
        process = subprocess.Popen(
            build.colourway(*words),
            env=build.environment(settings),
            cwd=build.source,
            stdout=said,
            stderr=said,
        )
        _, status, used = os.wait4(process.pid, 0)  # what this child alone has used
        if status:
            said.seek(0)
            raise SystemExit(f"{build.name}: {' '.join(words)} failed: {said.read()}")
        wall_s = time.monotonic() - started
    return CommandCost(
        wall_s,
        used.ru_utime + used.ru_stime,
        None if server is None else server.seconds,
        used.ru_maxrss / 1024,
    )


def _server(url: str) -> "ProcessorTime | nullcontext[None]":
    if make_url(url).get_backend_name() != "postgresql":
        return nullcontext()
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return ProcessorTime(partial(backends, psycopg.connect(plain, autocommit=True)))
