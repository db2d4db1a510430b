"""Bodies of requests: each bounded in bytes and in seconds, and all that are held in bytes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from fastapi import HTTPException, Request

MOST_AT_ONCE: Final = 64
"""So many messages of the greatest size are held at a time; of smaller ones, as many as come."""

RETRY_AFTER_S: Final = 10
"""When a sender should try again while there is too much to do."""


log = structlog.get_logger(__name__)


class Bodies:
    """Reads bodies, and counts the bytes that all of them hold. For one event loop."""

    def __init__(self, max_bytes: int, timeout_s: float) -> None:
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._room = MOST_AT_ONCE * max_bytes

    @asynccontextmanager
    async def reading(self, request: Request, most: int | None = None) -> AsyncGenerator[bytes]:
        """Hold a request's body, of ``most`` bytes if that is given, while the block lasts.

        Raises HTTPException: 413 for one that is too large, 408 for one that takes too long, 503
        where there is no room; and Starlette's ClientDisconnect where its end does not come.
        """
        body, most = bytearray(), most or self._max_bytes
        try:
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._read(request, body, most)
            except TimeoutError:
                reason = f"the body took more than {self._timeout_s:g} s"
                raise HTTPException(408, reason, {"Connection": "close"}) from None
            yield bytes(body)
        finally:
            self._room += len(body)

    async def _read(self, request: Request, body: bytearray, most: int) -> None:
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            raise _too_large(most)
        async for piece in request.stream():
            if len(body) + len(piece) > most:
                raise _too_large(most)
            if len(piece) > self._room:
                log.warning("there is no room for another body", free_bytes=self._room)
                wait = {"Retry-After": str(RETRY_AFTER_S)}
                raise HTTPException(503, "too many messages at once", wait)
            self._room -= len(piece)
            body += piece


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"a message has {most:,} bytes at most")
