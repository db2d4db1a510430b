"""Bodies of requests: each bounded in bytes, before anything reads it."""

from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 262_144
"""The most bytes of a body, unless a part says otherwise for a path."""


class BodyLimit:
    """Middleware that refuses bodies by 413; ``larger`` maps paths to bounds of their own."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose body is not too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], MOST_BYTES)
        came = 0

        async def receive_bounded() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise HTTPException(413, f"a request here has at most {most} bytes")
            return message

        await self._app(scope, receive_bounded, send)
