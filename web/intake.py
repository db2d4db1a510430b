"""What lets requests in: each body is bounded and read to its end, then the request has its turn.

So few requests at a time need the database that its pool has connections for all of them, and a
client that is slow to send or to read keeps nobody from theirs.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from time import perf_counter
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http_server.bodies import RETRY_AFTER_S, Bodies
from shared.http_server.turns import NoTurn, Turns
from shared.metrics.counting import request_answered

MOST_BYTES: Final = 262_144
"""The most bytes of a body, unless a part says otherwise for a path."""

AT_ONCE: Final = 7
"""How many requests are answered at a time: each takes two of the pool's 15 connections at most,
and one is left for what goes on behind them."""

PARTS: Final = frozenset({"products", "pictures", "review", "operations", "api"})
"""The parts by which requests are counted; all others are one."""

OPEN: Final = ("/static/", "/healthz", "/readyz")
"""Paths that need no turn: nothing behind them can be exhausted."""


class Intake:
    """Middleware for one event loop.

    Args:
        app: answers.
        larger: paths whose bodies may be larger, and how large.
        timeout_s: how long a body may take.
        most: how many requests may be here at a time, those included that wait for their turn.
    """

    def __init__(
        self, app: ASGIApp, larger: Mapping[str, int], timeout_s: float, most: int
    ) -> None:
        self._app = app
        self._larger = larger
        self._bodies = Bodies(max(MOST_BYTES, *larger.values(), 0), timeout_s)
        self._turns = Turns(most, AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request in its turn, or say why not."""
        if scope["type"] != "http" or scope["path"].startswith(OPEN):
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], MOST_BYTES)
        try:
            async with self._bodies.reading(Request(scope, receive), most) as body:
                await self._answer(scope, body, receive, send)
        except HTTPException as error:
            answer = PlainTextResponse(str(error.detail), error.status_code, error.headers)
            await answer(scope, receive, send)
        except NoTurn:
            wait = {"Retry-After": str(RETRY_AFTER_S)}
            answer = PlainTextResponse("too many requests at once", 503, wait)
            await answer(scope, receive, send)
        except ClientDisconnect:
            return  # nobody would read an answer

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        is_read, began_at = False, perf_counter()

        async def receive_body() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._turns.turn())

            async def send_and_go(message: Message) -> None:
                # By now the answer's transaction is over; the client may take its time to read.
                await turn.aclose()
                if message["type"] == "http.response.start":
                    request_answered(_part(scope), message["status"], perf_counter() - began_at)
                await send(message)

            await self._app(scope, receive_body, send_and_go)


def _part(scope: Scope) -> str:
    first = str(scope["path"]).split("/")[1]
    return first if first in PARTS else "other"
