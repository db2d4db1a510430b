"""Signing in and out, and the audit trail."""

import math
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from shared.contracts.jobs import LARGEST_ID
from shared.database.web_tables import TrailEntry, WebUser
from web.database import Db
from web.identity.modes import SignIn
from web.identity.passwords import is_password
from web.identity.sessions import begin_session, end_session
from web.proxies import client_address
from web.render import render
from web.users.attempts import SignInAttempts, TooManyAttempts
from web.viewer import Operating
from web.visit import keep_visit, renew_visit, visit_of

ENTRIES_A_PAGE: Final = 100

router: Final = APIRouter()
log = structlog.get_logger(__name__)

NextField = Annotated[str, Form(alias="next")]


@router.get("/sign-in")
def ask(request: Request, then: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Show the form; where nobody signs in, lead on."""
    if request.app.state.sign_in is not SignIn.USERS:
        return RedirectResponse(_local(then), 303)
    return render(request, "users/sign_in.html", then=_local(then), name="", problem="")


@router.post("/sign-in")
def sign_in(
    request: Request,
    session: Db,
    name: Annotated[str, Form()],
    password: Annotated[str, Form()],
    then: NextField = "/",
) -> Response:
    """Begin a session, by another cookie than before."""
    attempts: SignInAttempts = request.app.state.attempts
    address = client_address(request)

    def again(status: int, problem: str) -> Response:
        return render(
            request, "users/sign_in.html", status, then=_local(then), name=name, problem=problem
        )

    try:
        with attempts.attempt(address, name):
            user = session.scalar(select(WebUser).where(WebUser.name == name))
            is_right = is_password(password, user.password_hash if user else None)
    except TooManyAttempts as error:
        log.warning("too many attempts to sign in", client=address)
        response = again(429, "Too many attempts: wait a minute, then try again.")
        response.headers["Retry-After"] = str(math.ceil(error.wait_s))
        return response
    if user is None or not is_right:
        log.warning("somebody could not sign in", client=address)
        return again(403, "That name and password do not go together.")
    if (token := visit_of(request)) is not None:
        end_session(session, token)
    begin_session(session, user, renew_visit(request), request.app.state.settings)
    log.info("somebody signed in", name=name, client=address)
    return _lead_to(request, _local(then))


@router.post("/sign-out")
def sign_out(request: Request, session: Db) -> Response:
    """End the session, and the visit."""
    if (token := visit_of(request)) is not None:
        end_session(session, token)
    renew_visit(request)
    return _lead_to(request, "/sign-in")


@router.get("/trail")
def trail(
    request: Request,
    session: Db,
    _who: Operating,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """Show who changed what, the newest first; ``before`` is the number that a page ended with."""
    query = select(TrailEntry).order_by(TrailEntry.id.desc()).limit(ENTRIES_A_PAGE + 1)
    if before is not None:
        query = query.where(TrailEntry.id < before)
    found = session.scalars(query).all()
    older = found[ENTRIES_A_PAGE - 1].id if len(found) > ENTRIES_A_PAGE else None
    return render(request, "users/trail.html", entries=found[:ENTRIES_A_PAGE], older=older)


def _lead_to(request: Request, where: str) -> Response:
    response = RedirectResponse(where, 303)
    keep_visit(request, response)
    return response


def _local(where: str) -> str:
    """Return a path of ours; the start for anything that a browser might take elsewhere."""
    is_path = where.startswith("/") and not where.startswith(("//", "/\\"))
    return where if is_path and where.isprintable() else "/"
