"""Keys of the HTTP API: made by a command, shown once, known by their hash."""

import secrets
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from shared.database.models import utc_now
from shared.database.web_tables import ApiKey
from web.identity.tokens import token_hash

PREFIX: Final = "cwk_"
"""What every key begins with: those who search texts for secrets know it by that."""


def make_key() -> str:
    """Return a new key."""
    return PREFIX + secrets.token_urlsafe(32)


def role_of_key(session: Session, key: str) -> ApiKey | None:
    """Return what is stored of a key; None where there is no such key, or its time is over."""
    if not key.startswith(PREFIX):
        return None
    lasts = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > utc_now())
    return session.scalar(select(ApiKey).where(ApiKey.key_hash == token_hash(key), lasts))
