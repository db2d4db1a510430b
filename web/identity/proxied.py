"""Users whom a reverse proxy has signed in, and names in a header."""

from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.contracts.jobs import LONGEST_NAME
from shared.contracts.web_roles import WebRole
from shared.database.web_tables import WebUser
from shared.web_settings import WebSettings
from web.proxies import came_by_proxy


@dataclass(frozen=True, slots=True)
class ProxiedUser:
    """A name, and the role that ``colourway web-user`` or the settings give it."""

    name: str
    role: WebRole


def proxied_user(session: Session, request: Request, settings: WebSettings) -> ProxiedUser | None:
    """Return whom a trusted proxy names; None where it names nobody with a role, or is not one."""
    if not came_by_proxy(request):
        return None
    # Twice in one request: a client's own beside the proxy's. Neither is believed.
    names = [name.strip() for name in request.headers.getlist(settings.web_proxy_header)]
    if len(names) != 1 or not 0 < len(names[0]) <= LONGEST_NAME:
        return None
    role = session.scalar(select(WebUser.role).where(WebUser.name == names[0]))
    role = role or settings.web_proxy_role
    return None if role is None else ProxiedUser(names[0], role)
