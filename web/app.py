"""The application: its parts put together, behind limits, headers and the check of every form."""

import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import Engine, text

from shared.database.engine import reading
from shared.metrics.readiness import ReadyChecks
from shared.settings import Settings
from web.csrf import check_csrf
from web.headers import SecurityHeaders
from web.identity.modes import SignIn
from web.intake import Intake
from web.nul import refuse_nul
from web.operations.batches import Looks
from web.operations.comparisons import BatchComparisons
from web.parts import PARTS
from web.refusals import answer_refusals
from web.static_files import PackagedFiles
from web.undertakings import Undertakings
from web.users.attempts import SignInAttempts

COLLECTED_AFTER: Final = 20_000
"""After so many new objects Python looks for garbage among them; by itself, after 700."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
"""Names of this machine that no other machine has."""


def create_app(settings: Settings, engine: Engine, sign_in: SignIn = SignIn.USERS) -> FastAPI:
    """Return the application.

    Args:
        settings: all that can be set.
        engine: of a database at this version's schema, for the role ``web``; the caller closes it.
        sign_in: how people sign in; where they do not, only loopback names are answered.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        _spare_collections()
        yield
        await run_in_threadpool(_stop, app)

    app = FastAPI(
        title="Colourway",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        dependencies=[Depends(_check_host), Depends(check_csrf), Depends(refuse_nul)],
    )
    app.state.settings = settings
    app.state.engine = engine
    app.state.sign_in = sign_in
    app.state.attempts = SignInAttempts(settings)
    app.state.undertakings = Undertakings()
    app.state.comparisons = BatchComparisons()
    app.state.looks = Looks()
    app.state.navigation = [part for part in PARTS if part.title]
    answer_refusals(app)
    _add_health(app, engine)
    for part in PARTS:
        app.include_router(part.router, include_in_schema=part.in_schema)
    app.mount("/static", PackagedFiles(), "static")
    larger = {path: most for part in PARTS for path, most in part.larger_bodies.items()}
    app.add_middleware(
        Intake, larger=larger, timeout_s=settings.web_timeout_s, most=settings.web_connections // 2
    )
    app.add_middleware(SecurityHeaders)
    return app


def _spare_collections() -> None:
    """Have Python look for garbage more rarely, and not among what is here to stay.

    A page makes some thousand objects, which it would go through several times: a tenth of what a
    request costs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)


def _stop(app: FastAPI) -> None:
    app.state.undertakings.stop()
    app.state.comparisons.stop()


async def _check_host(request: Request) -> None:
    """Refuse a request to another name than this machine's, where nobody signs in.

    A page of somebody else whose name was made to lead here (DNS rebinding) would be one.
    """
    name = request.headers.get("host", "")
    name = name.rpartition(":")[0] if not name.endswith("]") and ":" in name else name
    if request.app.state.sign_in is SignIn.NONE and name.lower() not in LOOPBACK:
        raise HTTPException(403, "open the page as http://127.0.0.1, or have people sign in")


def _add_health(app: FastAPI, engine: Engine) -> None:
    def ask() -> None:
        with reading(engine).connect() as connection:
            connection.execute(text("SELECT 1"))

    checks = ReadyChecks({"database": ask})

    @app.get("/", include_in_schema=False)
    def start() -> RedirectResponse:
        """Lead to the products."""
        return RedirectResponse("/products", 307)

    @app.get("/healthz", include_in_schema=False)
    async def live() -> dict[str, str]:
        """Say that the process lives."""
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def ready() -> JSONResponse:
        """Say whether the database answers."""
        answers = await run_in_threadpool(checks.answers)
        is_ready = all(answer == "ok" for answer in answers.values())
        return JSONResponse(answers, 200 if is_ready else 503)

    _ = start, live, ready
