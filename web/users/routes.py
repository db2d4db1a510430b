"""Signing in and out."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from shared.database.web_tables import WebUser
from web.database import Db
from web.identity.passwords import is_password
from web.identity.sessions import begin_session, end_session
from web.render import render
from web.visit import keep_visit, renew_visit, visit_of

router: Final = APIRouter()


@router.get("/sign-in")
def ask(request: Request, next: str = "/") -> Response:
    """Show the form."""
    return render(request, "users/sign_in.html", next=_local(next), name="", wrong=False)


@router.post("/sign-in")
def sign_in(
    request: Request,
    session: Db,
    name: Annotated[str, Form()],
    password: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a session, by another cookie than before."""
    user = session.scalar(select(WebUser).where(WebUser.name == name))
    if not is_password(password, user.password_hash if user else None) or user is None:
        return render(request, "users/sign_in.html", 403, next=_local(next), name=name, wrong=True)
    begin_session(session, user, renew_visit(request), request.app.state.settings)
    return _lead_to(request, _local(next))


@router.post("/sign-out")
def sign_out(request: Request, session: Db) -> Response:
    """End the session, and the visit."""
    if (token := visit_of(request)) is not None:
        end_session(session, token)
    renew_visit(request)
    return _lead_to(request, "/sign-in")


def _lead_to(request: Request, where: str) -> Response:
    response = RedirectResponse(where, 303)
    keep_visit(request, response)
    return response


def _local(where: str) -> str:
    """Return a path of ours; the start for anything that a browser might take elsewhere."""
    is_path = where.startswith("/") and not where.startswith(("//", "/\\"))
    return where if is_path and where.isprintable() else "/"
