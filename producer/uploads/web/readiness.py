"""Whether the database answers, asked at most once at a time, however many want to know."""

import asyncio
import time
from typing import Final

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, text

from producer.uploads.apply import DATABASE_AWAY
from shared.database.engine import reading

LONGEST_WAIT_S: Final = 3.0
"""After so long without an answer the database counts as away."""

GOOD_FOR_S: Final = 1.0
"""How long a good answer is given to others, too: the question is open to everybody."""


class Readiness:
    """Asks one database. For one event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._good_until = 0.0
        self._asking: asyncio.Task[bool] | None = None

    async def is_ready(self) -> bool:
        """Return whether the database answers, or did within the last second."""
        if time.monotonic() < self._good_until:
            return True
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(run_in_threadpool(self._ask))
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                # Shielded: others wait for the same answer.
                is_ready = await asyncio.shield(self._asking)
        except TimeoutError:
            return False
        if is_ready:
            self._good_until = time.monotonic() + GOOD_FOR_S
        return is_ready

    def _ask(self) -> bool:
        try:
            with reading(self._engine).connect() as connection:
                connection.execute(text("SELECT 1"))
        except DATABASE_AWAY:
            return False
        return True
