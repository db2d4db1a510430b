"""Analysing one picture for a client, by ``colourway picture`` in a process of its own.

The networks are in no process that answers requests: a picture that kills its process costs itself
alone, and the service stays as small as it is. One picture is analysed at a time, and few wait.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import structlog
from fastapi import HTTPException

from shared.http_server.rate_limit import RateLimit
from shared.secret_files import SECRETS

MOST_BYTES: Final = 16_000_000
"""The most bytes of a picture."""

MOST_WAITING: Final = 2
"""So many are being analysed or wait: the others of the few requests at a time are for pages."""
TIMEOUT_S: Final = 120.0
"""How long one picture may take, the start of the process included."""

_COMMAND: Final = "from colourway.cli import main; main()"

log = structlog.get_logger(__name__)


@dataclass
class PictureAnalyses:
    """Analyses pictures one after the other, so many a minute for each who asks. For one loop."""

    per_minute: float
    keep_people: bool
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0
    _rate: RateLimit | None = None

    def admit(self, who: str) -> None:
        """Return where somebody may send a picture now; else raise the answer that they get."""
        if self._waiting >= MOST_WAITING:
            raise HTTPException(503, "too many pictures wait", {"Retry-After": "10"})
        if self._rate is None:
            self._rate = RateLimit(self.per_minute / 60)
        if (wait_s := self._rate.wait_s(who)) > 0:
            wait = {"Retry-After": str(int(wait_s) + 1)}
            raise HTTPException(429, "too many pictures for now", wait)

    async def analyse(self, picture: bytes, category: str, title: str) -> dict[str, Any]:
        """Return what a picture shows.

        Raises HTTPException: 422 where it shows nothing, 503 where it cannot be looked at, 504
        where that takes too long.
        """
        self._waiting += 1
        try:
            async with self._turn:
                return self._read(*await _run(picture, category, title))
        finally:
            self._waiting -= 1

    def _read(self, said: bytes, complaints: bytes) -> dict[str, Any]:
        try:
            result: dict[str, Any] = json.loads(said)
        except ValueError:
            log.error(
                "pictures cannot be analysed", said=complaints.decode("utf-8", "replace")[-500:]
            )
            reason = "this machine cannot analyse pictures; its log says why"
            raise HTTPException(503, reason) from None
        if result["code"] != "ok":
            raise HTTPException(422, f"{result['code']}: {result['message'][:500]}")
        people = () if self.keep_people else ("skin", "hair")
        hidden = {"source", "timings_ms", *people}
        return {name: value for name, value in result.items() if name not in hidden}


async def _run(picture: bytes, category: str, title: str) -> tuple[bytes, bytes]:
    with TemporaryDirectory(prefix="colourway-") as folder:
        path = Path(folder) / "picture"
        path.write_bytes(picture)
        words = [f"--category={category}"] * bool(category) + [f"--title={title}"] * bool(title)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _COMMAND, "picture", str(path), "--json", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_without_secrets(os.environ),
        )
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await process.communicate()
        except TimeoutError:
            raise HTTPException(504, f"this took more than {TIMEOUT_S:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    hidden = {name for variable in SECRETS.values() for name in (variable, f"{variable}_FILE")}
    return {name: value for name, value in environment.items() if name.upper() not in hidden}
