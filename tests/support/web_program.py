"""The page as anybody starts it: `colourway web` in a process of its own."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.support.programs import Environment, Running, deadline, running


@contextmanager
def page_opened(environment: Environment, log: Path, *words: str) -> Generator[tuple[Running, str]]:
    """Keep the page running on a free port, and yield it with its URL."""
    with running(environment, log, "colourway", "web", "--port", "0", *words) as program:
        for _ in deadline():
            program.check_alive()
            if found := re.search(r"the page is open at (http://\S+)", program.said):
                break
        for _ in deadline():
            program.check_alive()
            try:
                httpx2.get(f"{found[1]}/healthz", timeout=10)
            except httpx2.TransportError:
                continue
            break
        yield program, found[1]
