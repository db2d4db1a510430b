"""Users and keys, as the commands add and remove them; each change stands in the audit trail."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.contracts.web_roles import WebRole
from shared.database.models import utc_now
from shared.database.web_tables import ApiKey, TrailEntry, WebUser
from shared.errors import SettingsError
from web.identity.keys import make_key
from web.identity.passwords import hash_password
from web.identity.sessions import end_sessions_of
from web.identity.tokens import token_hash


def put_user(session: Session, name: str, role: WebRole, password: str | None) -> bool:
    """Add a user, or change one who is there; return whether they are new.

    Without a password only a proxy can sign them in. Raises SettingsError for a password that will
    not do.
    """
    hashed = None if password is None else hash_password(password)
    user = session.scalar(select(WebUser).where(WebUser.name == name))
    before = None if user is None else {"role": user.role.value}
    if user is None:
        session.add(WebUser(name=name, role=role, password_hash=hashed))
    else:
        user.role, user.password_hash = role, hashed
        end_sessions_of(session, user)
    _note(session, "put user", name, before, {"role": role.value})
    return before is None


def remove_user(session: Session, name: str) -> bool:
    """Remove a user with all their sessions; return whether there was one."""
    user = session.scalar(select(WebUser).where(WebUser.name == name))
    if user is None:
        return False
    _note(session, "remove user", name, {"role": user.role.value}, None)
    session.delete(user)
    return True


def all_users(session: Session) -> Sequence[WebUser]:
    """Return all users, by name."""
    return session.scalars(select(WebUser).order_by(WebUser.name)).all()


def add_key(session: Session, name: str, role: WebRole, days: int | None) -> str:
    """Make a key and return it; raises SettingsError where there is one of that name."""
    if session.scalar(select(ApiKey.id).where(ApiKey.name == name)) is not None:
        raise SettingsError(f"there is a key {name!r} already: remove it first, or name another")
    key = make_key()
    ends = None if days is None else utc_now() + timedelta(days=days)
    session.add(ApiKey(name=name, role=role, key_hash=token_hash(key), expires_at=ends))
    until = None if ends is None else ends.isoformat()
    _note(session, "add key", name, None, {"role": role.value, "until": until})
    return key


def remove_key(session: Session, name: str) -> bool:
    """Remove a key; return whether there was one."""
    key = session.scalar(select(ApiKey).where(ApiKey.name == name))
    if key is None:
        return False
    _note(session, "remove key", name, {"role": key.role.value}, None)
    session.delete(key)
    return True


def all_keys(session: Session) -> Sequence[ApiKey]:
    """Return what is stored of all keys, by name."""
    return session.scalars(select(ApiKey).order_by(ApiKey.name)).all()


def _note(
    session: Session,
    what: str,
    target: str,
    before: Mapping[str, str | None] | None,
    after: Mapping[str, str | None] | None,
) -> None:
    session.add(
        TrailEntry(
            who=_me(),
            way="command",
            what=what,
            target=target,
            before=None if before is None else dict(before),
            after=None if after is None else dict(after),
        )
    )


def _me() -> str:
    """Return who runs the command, as this machine calls them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "somebody"
