"""The audit trail: who changed what, and when; written with the change itself."""

from typing import Any

from sqlalchemy.orm import Session

from shared.database.web_tables import TrailEntry
from web.viewer import Viewer


def record(
    session: Session,
    viewer: Viewer,
    what: str,
    target: str | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write down a change, in the transaction of the change.

    Args:
        session: of the change.
        viewer: who makes it.
        what: a verb and its object, such as ``promote batch``; 64 characters at most.
        target: which one, such as ``batch 12``.
        before: what was there, as JSON.
        after: what is there now, as JSON.
    """
    session.add(
        TrailEntry(
            who=viewer.name, way=viewer.way, what=what, target=target, before=before, after=after
        )
    )
