"""A visit: the random token in a browser's cookie, which a session and all its forms go by.

It is there before anybody signs in, for the form to sign in needs it; signing in and out replace
it.
"""

import re
import secrets
from typing import Final

from fastapi import Request, Response

from web.proxies import is_https

COOKIE: Final = "colourway_visit"
"""By HTTPS it has the prefix ``__Host-``, which no other host of the domain can set."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def visit_of(request: Request) -> str | None:
    """Return the token that the browser showed; None where it showed none, or no such token."""
    token = request.cookies.get(_name(request), "")
    return token if _TOKEN.fullmatch(token) else None


def visit(request: Request) -> str:
    """Return the visit's token, a new one where there is none; see :func:`keep_visit`."""
    made: str | None = getattr(request.state, "visit", None)
    token = made or visit_of(request) or secrets.token_urlsafe(32)
    request.state.visit = token
    return token


def renew_visit(request: Request) -> str:
    """Begin another visit, and return its token."""
    request.state.visit = secrets.token_urlsafe(32)
    return request.state.visit


def keep_visit(request: Request, response: Response) -> None:
    """Set the cookie of a visit that began with this request."""
    token: str | None = getattr(request.state, "visit", None)
    if token is not None and token != visit_of(request):
        response.set_cookie(
            _name(request),
            token,
            path="/",
            secure=is_https(request),
            httponly=True,
            samesite="lax",
        )


def _name(request: Request) -> str:
    return f"__Host-{COOKIE}" if is_https(request) else COOKIE
