"""The character NUL, which no text of ours has and no database takes: refused at the door."""

from typing import Final
from urllib.parse import unquote_plus

from fastapi import HTTPException, Request

from web.csrf import FORMS

REFUSED: Final = "no text has the character NUL"


async def refuse_nul(request: Request) -> None:
    """Refuse a request with NUL in its path, its query or a field of its form, by 422."""
    if "\0" in request.scope["path"] or "\0" in unquote_plus(request.url.query):
        raise HTTPException(422, REFUSED)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in FORMS:
        fields = (await request.form()).multi_items()
        if any(isinstance(value, str) and "\0" in value for _, value in fields):
            raise HTTPException(422, REFUSED)
