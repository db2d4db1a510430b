"""The page's own tables: who may sign in, who has, the API's keys, and the audit trail.

No password, token or key is stored as it is: of a password there is an argon2 hash, of the others,
which are random and long, the SHA-256.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.jobs import LONGEST_NAME
from shared.contracts.web_roles import WebRole
from shared.database.base import Row
from shared.database.columns import ID_COLUMN
from shared.database.models import utc_now


class WebUser(Row):
    """Somebody who may sign in; without a password only by the reverse proxy's word."""

    __tablename__ = "web_users"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), unique=True)
    role: Mapped[WebRole]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class WebSession(Row):
    """Somebody who has signed in, until ``expires_at`` or too long after ``seen_at``."""

    __tablename__ = "web_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("web_users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiKey(Row):
    """A key of the HTTP API, by which a program has a role."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), unique=True)
    role: Mapped[WebRole]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime | None]


class TrailEntry(Row):
    """One change that somebody made: who, by which way in, when, what, before and after.

    ``way`` is how they were known: ``user``, ``proxy``, ``key``, ``loopback`` or ``command``.
    ``what`` is a verb and its object, such as ``promote batch``; ``target`` names the one.
    """

    __tablename__ = "audit_trail"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    who: Mapped[str] = mapped_column(String(LONGEST_NAME))
    way: Mapped[str] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(64))
    target: Mapped[str | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
