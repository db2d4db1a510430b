"""The web hook: upload events by HTTP, for buckets whose server cannot write to a queue.

``POST /events/s3`` takes a message of any kind that :mod:`producer.uploads.s3_formats` reads, and
answers with what became of each record. ``/healthz`` says that the process lives, ``/readyz`` that
it can reach its database. The only module that imports FastAPI.
"""

from asyncio import Semaphore
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, text

from producer.dispatching.background import BackgroundDispatcher
from producer.uploads.apply import AWAY, DATABASE_AWAY, Effect, Uploads
from producer.uploads.auth import Guard
from producer.uploads.s3_formats import read_events
from shared.database.engine import reading
from shared.errors import StorageError, UploadEventError

AT_ONCE: Final = 10
"""How many messages are applied at a time: what the database's pool has connections for."""

RETRY_AFTER_S: Final = 10
"""When a sender should try again while the database or the store is away."""

log = structlog.get_logger(__name__)


def build_web(
    engine: Engine, uploads: Uploads, dispatcher: BackgroundDispatcher, guard: Guard, max_bytes: int
) -> FastAPI:
    """Return the application; ``max_bytes`` is the most that is read of one message."""
    turns = Semaphore(AT_ONCE)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        with dispatcher:
            yield

    # No pages that describe it: they would load scripts from elsewhere.
    app = FastAPI(title="Colourway", lifespan=lifespan, openapi_url=None)

    @app.post("/events/s3")
    async def receive(request: Request) -> dict[str, Any]:
        body = await _admitted_body(request, guard, max_bytes)
        try:
            async with turns:
                cloud_event = request.headers.get("ce-type")
                answer = await run_in_threadpool(_apply, uploads, body, cloud_event)
        except UploadEventError as error:
            log.warning("a message that is no upload event", reason=str(error))
            raise HTTPException(400, str(error)) from error
        except AWAY as error:
            what = "store" if isinstance(error, StorageError) else "database"
            log.warning(f"the {what} fails", error=str(error).splitlines()[0])
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            raise HTTPException(503, f"the {what} is away", headers) from error
        if answer["jobs"]:
            dispatcher.ask()
        return answer

    @app.get("/healthz")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    async def ready(response: Response) -> dict[str, str]:
        try:
            await run_in_threadpool(_ask_database, engine)
        except DATABASE_AWAY:
            response.status_code = 503
            return {"status": "the database is away"}
        return {"status": "ready"}

    # What decorators hand to the application, nobody else calls.
    _ = receive, live, ready
    return app


async def _admitted_body(request: Request, guard: Guard, max_bytes: int) -> bytes:
    """Return the body of a message that is let in, read no further than need be."""
    admitted = guard.is_open or guard.shows_token(request.headers)
    if not admitted and not guard.may_be_signed(request.headers):
        raise _stranger()
    too_large = HTTPException(413, f"a message has {max_bytes:,} bytes at most")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise too_large
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > max_bytes:
            raise too_large
    if not admitted and not guard.is_signed(request.headers, bytes(body)):
        raise _stranger()
    return bytes(body)


def _stranger() -> HTTPException:
    reason = "show the token (Authorization: Bearer), or sign the body (X-Colourway-Signature)"
    return HTTPException(401, reason, {"WWW-Authenticate": "Bearer"})


def _apply(uploads: Uploads, body: bytes, cloud_event: str | None) -> dict[str, Any]:
    applied = [uploads.apply(record) for record in read_events(body, cloud_event)]
    counts = Counter(one.effect for one in applied)
    return {
        "jobs": sum(one.jobs for one in applied),
        "effects": {effect.value: counts[effect] for effect in Effect if counts[effect]},
        "records": [one.as_json() for one in applied],
    }


def _ask_database(engine: Engine) -> None:
    with reading(engine).connect() as connection:
        connection.execute(text("SELECT 1"))
