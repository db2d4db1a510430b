"""Sessions: who has signed in with which visit, and for how long."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from shared.database.models import utc_now
from shared.database.web_tables import WebSession, WebUser
from shared.web_settings import WebSettings
from web.identity.tokens import token_hash

SEEN_AGAIN: Final = timedelta(minutes=1)
"""How exactly it is known when a session was last used: not every request writes it down."""


def user_of_visit(session: Session, token: str, settings: WebSettings) -> WebUser | None:
    """Return the user who signed in with a visit; None where that was nobody, or is over."""
    now = utc_now()
    query = (
        select(WebUser)
        .join(WebSession, WebSession.user_id == WebUser.id)
        .where(WebSession.token_hash == token_hash(token), *_lasts(now, settings))
    )
    return session.scalar(query)


def begin_session(session: Session, user: WebUser, token: str, settings: WebSettings) -> None:
    """Note that a user has signed in with a visit, and forget the sessions that are over."""
    now = utc_now()
    over = or_(WebSession.expires_at <= now, WebSession.seen_at <= _idle_since(now, settings))
    session.execute(delete(WebSession).where(over))
    ends = now + timedelta(seconds=settings.web_session_s)
    session.add(WebSession(token_hash=token_hash(token), user_id=user.id, expires_at=ends))


def end_session(session: Session, token: str) -> None:
    """Forget the session of a visit."""
    session.execute(delete(WebSession).where(WebSession.token_hash == token_hash(token)))


def end_sessions_of(session: Session, user: WebUser) -> None:
    """Forget all sessions of a user."""
    session.execute(delete(WebSession).where(WebSession.user_id == user.id))


def _lasts(now: datetime, settings: WebSettings):
    return WebSession.expires_at > now, WebSession.seen_at > _idle_since(now, settings)


def _idle_since(now: datetime, settings: WebSettings) -> datetime:
    return now - timedelta(seconds=settings.web_idle_s)
