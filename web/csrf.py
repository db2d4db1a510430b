"""Requests that another site makes a browser send (CSRF): refused, whatever cookie they carry.

A request that changes something must come from a page of ours, by what the browser says of its
origin, and must show a token that only such a page has. Programs that show an API key need neither:
no browser shows one by itself.
"""

import hmac
from typing import Final
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from web.database import SAFE_METHODS
from web.visit import visit, visit_of

HEADER: Final = "x-csrf-token"
FIELD: Final = "csrf_token"

FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
"""The types of bodies that are a form's."""


def csrf_token(request: Request) -> str:
    """Return the token for the forms of a page; the visit's cookie must be kept with it."""
    return _token_of(visit(request))


async def check_csrf(request: Request) -> None:
    """Refuse a request that changes something and is not from a page of ours, by 403."""
    if request.method in SAFE_METHODS or shows_key(request):
        return
    if not _is_ours(request):
        raise HTTPException(403, "this request came from another site")
    token, cookie = await _shown(request), visit_of(request)
    if cookie is None or not hmac.compare_digest(token.encode(), _token_of(cookie).encode()):
        raise HTTPException(403, "this form is too old: open the page again")


def shows_key(request: Request) -> bool:
    """Return whether a request shows an API key, by which alone it is judged then."""
    return request.headers.get("authorization", "").lower().startswith("bearer ")


def _token_of(cookie: str) -> str:
    # Whoever knows it cannot tell the cookie from it.
    return hmac.new(cookie.encode(), b"csrf", "sha256").hexdigest()


def _is_ours(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    return site in ("same-origin", "none") and (origin is None or urlsplit(origin).netloc == host)


async def _shown(request: Request) -> str:
    if (token := request.headers.get(HEADER)) is not None:
        return token
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in FORMS:
        form = await request.form()
        return str(form.get(FIELD, ""))
    return ""
