"""Who asks, and what they may do: by the session of a user, a proxy's word, or an API key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from shared.contracts.web_roles import WebRole
from web.csrf import shows_key
from web.database import SAFE_METHODS, Db
from web.identity.keys import role_of_key
from web.identity.modes import SignIn
from web.identity.proxied import proxied_user
from web.identity.sessions import see_session, user_of_visit
from web.visit import visit_of


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: their name, their role, and by which way they are known."""

    name: str
    role: WebRole
    way: str
    """``user``, ``proxy``, ``key`` or ``loopback``."""

    def may(self, role: WebRole | str) -> bool:
        """Return whether they may do what a role may."""
        return self.role.includes(WebRole(role))


class NotSignedIn(Exception):
    """Nobody has signed in here; the answer is the form to do so, or 401."""


def viewer(request: Request, session: Db) -> Viewer:
    """Return who asks. Raises :class:`NotSignedIn` where nobody is known."""
    found = _of_key(request, session) if shows_key(request) else _of_browser(request, session)
    if found is None:
        raise NotSignedIn
    request.state.viewer = found
    return found


def require(role: WebRole | str) -> Callable[..., Awaitable[Viewer]]:
    """Return the dependency that gives a request's viewer, and refuses those of lower roles."""
    wanted = WebRole(role)

    async def required(found: Annotated[Viewer, Depends(viewer)]) -> Viewer:
        if not found.may(wanted):
            raise HTTPException(403, f"this takes the role {wanted}, and yours is {found.role}")
        return found

    return required


Looking = Annotated[Viewer, Depends(require(WebRole.LOOK))]
Reviewing = Annotated[Viewer, Depends(require(WebRole.REVIEW))]
Operating = Annotated[Viewer, Depends(require(WebRole.OPERATE))]


def _of_key(request: Request, session: Db) -> Viewer | None:
    key = request.headers["authorization"].partition(" ")[2].strip()
    found = role_of_key(session, key)
    return None if found is None else Viewer(found.name, found.role, "key")


def _of_browser(request: Request, session: Db) -> Viewer | None:
    settings, mode = request.app.state.settings, request.app.state.sign_in
    if mode is SignIn.NONE:
        return Viewer("local", WebRole.OPERATE, "loopback")
    if mode is SignIn.PROXY:
        named = proxied_user(session, request, settings)
        return None if named is None else Viewer(named.name, named.role, "proxy")
    if (token := visit_of(request)) is None:
        return None
    if (found := user_of_visit(session, token, settings)) is None:
        return None
    user, seen_at = found
    if request.method in SAFE_METHODS:  # another transaction would wait for that of a change
        see_session(request.app.state.engine, token, seen_at)
    return Viewer(user.name, user.role, "user")
