"""Sessions: who has signed in with which visit, and for how long."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, or_, select, update
from sqlalchemy.orm import Session

from shared.database.models import utc_now
from shared.database.web_tables import WebSession, WebUser
from shared.web_settings import WebSettings
from web.identity.tokens import token_hash

SEEN_AGAIN: Final = timedelta(minutes=1)
"""How exactly it is known when a session was last used: not every request writes it down."""


def user_of_visit(
    session: Session, token: str, settings: WebSettings
) -> tuple[WebUser, datetime] | None:
    """Return who signed in with a visit, and when it was last seen; None where it is over."""
    now = utc_now()
    query = (
        select(WebUser, WebSession.seen_at)
        .join(WebSession, WebSession.user_id == WebUser.id)
        .where(
            WebSession.token_hash == token_hash(token),
            WebSession.expires_at > now,
            WebSession.seen_at > _idle_since(now, settings),
        )
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def see_session(engine: Engine, token: str, seen_at: datetime) -> None:
    """Note that a session is used, if that was last noted a while ago."""
    now = utc_now()
    if now - seen_at < SEEN_AGAIN:
        return
    mine = WebSession.token_hash == token_hash(token)
    with engine.begin() as connection:
        connection.execute(update(WebSession).where(mine).values(seen_at=now))


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


def _idle_since(now: datetime, settings: WebSettings) -> datetime:
    return now - timedelta(seconds=settings.web_idle_s)
