"""The web hook: upload events by HTTP, for buckets whose server cannot write to a queue.

``POST /events/s3`` takes a message of any kind that :mod:`producer.uploads.s3_formats` reads, and
answers with what became of each record. ``/healthz`` says that the process lives, ``/readyz`` that
its database answers, ``/openapi.json`` describes all of it.
"""

import math
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from starlette.requests import ClientDisconnect

from producer.dispatching.background import BackgroundDispatcher
from producer.uploads.apply import AWAY, Effect, Uploads
from producer.uploads.auth import Guard, SenderRefused, Signature
from producer.uploads.s3_formats import read_events
from producer.uploads.web.description import ANSWERS, BODY, StatusAnswer, describe
from producer.uploads.web.readiness import Readiness
from shared.errors import StorageError, UploadEventError
from shared.event_settings import EventSettings
from shared.http_server.bodies import RETRY_AFTER_S, Bodies
from shared.http_server.rate_limit import RateLimit
from shared.http_server.turns import NoTurn, Turns

HOW: Final = "show the token (Authorization: Bearer), or sign the body (X-Colourway-Signature)"

BOUNDED: Final = ("producer.uploads.webhook",)
"""Loggers whose warnings strangers can cause."""

log = structlog.get_logger(__name__)


def build_web(
    engine: Engine,
    uploads: Uploads,
    dispatcher: BackgroundDispatcher,
    guard: Guard,
    *,
    settings: EventSettings,
    connections: int,
) -> FastAPI:
    """Return the application; what stands between it and the network is in ``uploads/web``.

    ``connections`` is how many the server has at most: half of them stay free of messages.
    """
    readiness = Readiness(engine)
    intake = _Intake(uploads, guard, settings, Turns(connections // 2))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        with dispatcher:
            yield

    app = FastAPI(title="Colourway", lifespan=lifespan, docs_url=None, redoc_url=None)
    describe(app)

    @app.post("/events/s3", response_model=None, responses=ANSWERS, openapi_extra=BODY)
    async def receive(request: Request) -> dict[str, Any]:
        """Take a message of upload events."""
        answer = await intake.receive(request)
        if answer["jobs"]:
            dispatcher.ask()
        return answer

    @app.get("/healthz", response_model=StatusAnswer)
    async def live() -> dict[str, str]:
        """Say that the process lives."""
        return {"status": "alive"}

    @app.get("/readyz", response_model=StatusAnswer, responses={503: {"model": StatusAnswer}})
    async def ready(response: Response) -> dict[str, str]:
        """Say whether the database answers."""
        if await readiness.is_ready():
            return {"status": "ready"}
        response.status_code = 503
        return {"status": "the database is away"}

    # What decorators hand to the application, nobody else calls.
    _ = receive, live, ready
    return app


class _Intake:
    """Lets messages in, one check after the other, the cheapest first, and applies them."""

    def __init__(
        self, uploads: Uploads, guard: Guard, settings: EventSettings, turns: Turns
    ) -> None:
        self._uploads = uploads
        self._guard = guard
        self._rate = RateLimit(settings.events_per_second)
        self._bodies = Bodies(settings.max_event_bytes, settings.events_timeout_s)
        self._turns = turns

    async def receive(self, request: Request) -> dict[str, Any]:
        """Return what became of a message, or raise the answer to one that is not taken."""
        try:
            self._bound_rate(request)
            signature = self._admit(request)
            async with self._bodies.reading(request) as body:
                if signature is not None and not self._guard.is_signed(signature, body):
                    raise SenderRefused("the signature is not that of the body")
                return await self._apply(body, request.headers.get("ce-type"))
        except SenderRefused as error:
            log.warning("a sender is refused", client=_address(request), reason=str(error))
            proof = {"WWW-Authenticate": "Bearer"}
            raise HTTPException(401, f"{error}: {HOW}", proof) from error
        except ClientDisconnect:
            log.warning("a client left before the end of its message", client=_address(request))
            raise HTTPException(400, "the body has no end") from None  # nobody will read it
        except UploadEventError as error:
            log.warning("a message that is no upload event", reason=str(error))
            raise HTTPException(400, str(error)) from error

    def _bound_rate(self, request: Request) -> None:
        if (wait_s := self._rate.wait_s(_address(request))) > 0:
            log.warning("a client sends too much", client=_address(request))
            wait = {"Retry-After": str(math.ceil(wait_s))}
            raise HTTPException(429, "too many messages from this address", wait)

    def _admit(self, request: Request) -> Signature | None:
        """Return the signature that the body must have; None where there is nothing to check."""
        if self._guard.is_open or self._guard.shows_token(request.headers):
            return None
        return self._guard.signature(request.headers, time.time())

    async def _apply(self, body: bytes, cloud_event: str | None) -> dict[str, Any]:
        try:
            async with self._turns.turn():
                return await run_in_threadpool(_apply, self._uploads, body, cloud_event)
        except NoTurn:
            log.warning("messages come faster than the database takes them")
            raise _away("too many messages at once") from None
        except AWAY as error:
            what = "store" if isinstance(error, StorageError) else "database"
            log.warning(f"the {what} fails", error=str(error).splitlines()[0])
            raise _away(f"the {what} is away") from error


def _apply(uploads: Uploads, body: bytes, cloud_event: str | None) -> dict[str, Any]:
    applied = [uploads.apply(record) for record in read_events(body, cloud_event)]
    counts = Counter(one.effect for one in applied)
    return {
        "jobs": sum(one.jobs for one in applied),
        "effects": {effect.value: counts[effect] for effect in Effect if counts[effect]},
        "records": [one.as_json() for one in applied],
    }


def _away(reason: str) -> HTTPException:
    return HTTPException(503, reason, {"Retry-After": str(RETRY_AFTER_S)})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
