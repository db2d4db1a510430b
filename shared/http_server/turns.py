"""Turns at the database: so many messages at a time, and so many that wait for a turn."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from shared.errors import ColourwayError

AT_ONCE: Final = 10
"""How many messages are applied at a time: what the database's pool has connections for."""

LONGEST_WAIT_S: Final = 20.0
"""How long a message waits for its turn."""


class NoTurn(ColourwayError):
    """A message's turn does not come in time; it may be sent again."""


class Turns:
    """Deals out turns to so many messages, those included that are at work. For one event loop."""

    def __init__(self, most: int, at_once: int = AT_ONCE) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = most
        self._here = 0

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a turn and keep it while the block lasts; raises :class:`NoTurn`."""
        if self._here >= self._most:
            raise NoTurn
        self._here += 1
        try:
            await self._wait()
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._here -= 1

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await self._free.acquire()
        except TimeoutError:
            raise NoTurn from None
