"""Counting the web hook's requests for the metrics, around everything that answers them."""

from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.metrics import counting

ROUTES: Final = frozenset({"/events/s3", "/healthz", "/readyz", "/openapi.json"})
"""The paths that are told apart; strangers may ask for any other."""

OTHER: Final = "other"


class RequestCounts:
    """Counts each request by its route, its status and how long it took, its body included.

    One whose client has left before there was an answer has the status 499, as nginx has it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_at, status = perf_counter(), 499

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception:
            status = 500
            raise
        finally:
            route = scope["path"] if scope["path"] in ROUTES else OTHER
            counting.hook_request(route, status, perf_counter() - began_at)
