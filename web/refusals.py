"""What is answered where a request cannot be: a page with the reason, or JSON for programs."""

import secrets
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.datastructures import URL
from starlette.exceptions import HTTPException

from shared.database.engine import is_away
from shared.errors import ColourwayError
from web.csrf import shows_key
from web.identity.modes import SignIn
from web.render import render
from web.viewer import NotSignedIn

API: Final = "/api/"

_TITLES: Final = {
    400: "That makes no sense here",
    403: "Not allowed",
    404: "Not there",
    405: "Not that way",
    409: "Not now",
    413: "Too large",
    422: "That makes no sense here",
    429: "Too many",
    500: "Something went wrong",
    503: "Away for a moment",
}
"""What a page is headed by, in place of HTTP's own words."""

_PLAIN: Final = {
    404: "There is nothing at this address.",
    405: "This address does not take such a request.",
}

log = structlog.get_logger(__name__)


def answer_refusals(app: FastAPI) -> None:
    """Let an application answer in our words where it refuses or fails."""
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ColourwayError, _impossible)
    app.add_exception_handler(DBAPIError, _database_fails)
    app.add_exception_handler(Exception, _fault)


def _answer(request: Request, status: int, reason: str) -> Response:
    if request.url.path.startswith(API) or shows_key(request):
        return JSONResponse({"detail": reason}, status)
    title = _TITLES.get(status, HTTPStatus(status).phrase)
    template = "refusal_fragment.html" if "hx-request" in request.headers else "refusal.html"
    return render(request, template, status, title=title, reason=reason)


def _not_signed_in(request: Request, _error: Exception) -> Response:
    if request.url.path.startswith(API) or shows_key(request):
        reason = "show an API key: Authorization: Bearer …"
        return JSONResponse({"detail": reason}, 401, {"WWW-Authenticate": "Bearer"})
    if request.app.state.sign_in is SignIn.PROXY:
        return _answer(request, 403, "the reverse proxy named nobody who may see this")
    here = _page_of(request)
    where = f"/sign-in?next={quote(here)}" if here else "/sign-in"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": where})
    return RedirectResponse(where, 303)


def _page_of(request: Request) -> str:
    """Return the page that a browser shows or asks for: there it goes on after signing in."""
    address = request.url
    if "hx-request" in request.headers or request.method != "GET":
        shown = request.headers.get("hx-current-url") or request.headers.get("referer", "")
        try:
            address = URL(shown)
            known = address.netloc == request.headers.get("host", "")
        except ValueError:
            known = False
        if not known:
            return ""
    return address.path + (f"?{address.query}" if address.query else "")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    reason = str(error.detail)
    if reason == HTTPStatus(error.status_code).phrase:  # nobody gave another
        reason = _PLAIN.get(error.status_code, reason)
    response = _answer(request, error.status_code, reason)
    response.headers.update(error.headers or {})
    return response


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [f"{part['loc'][-1]}: {part['msg']}" for part in error.errors()]
    return _answer(request, 422, "; ".join(told))


def _impossible(request: Request, error: Exception) -> Response:
    return _answer(request, 409, str(error))


def _database_fails(request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)
    if not is_away(error) and not isinstance(error, OperationalError):
        return _fault(request, error)
    log.warning("the database fails", error=str(error).splitlines()[0])
    response = _answer(request, 503, "the database is away or busy: try again in a moment")
    response.headers["Retry-After"] = "5"
    return response


def _fault(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    log.error("a request failed", number=number, path=request.url.path, exc_info=error)
    return _answer(request, 500, f"a fault of Colourway, in its log as {number}")
