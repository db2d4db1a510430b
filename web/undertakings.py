"""Undertakings: what a button began and goes on after the answer, such as a promotion.

Each runs in a thread of this process, by the function that the command of the same words calls.
What is under way, and how the last ones ended, is known to this process alone; that it was begun
and how it ended stands in the audit trail. One that is cut short is begun again, as the command.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from threading import Lock
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.database.models import utc_now
from shared.errors import ColourwayError
from web.trail import record
from web.viewer import Viewer

AT_ONCE: Final = 3
"""How many go on at a time; the others wait."""

KEPT: Final = 20
"""How many are remembered, the newest."""

log = structlog.get_logger(__name__)

Facts = Mapping[str, int | float | str | None]
"""How an undertaking ended: numbers by what they count."""


class AlreadyUnderWay(ColourwayError):
    """The same is going on already."""


class Stopped(ColourwayError):
    """The service stops: the same button, or command, goes on where this ends."""


@dataclass(slots=True)
class Undertaking:
    """One of them; ``seen`` counts what was gone through so far."""

    number: int
    what: str
    target: str
    command: str
    who: str
    began_at: datetime = field(default_factory=utc_now)
    seen: int = 0
    ended_at: datetime | None = None
    facts: Facts = field(default_factory=dict[str, int])
    problem: str | None = None


Work = Callable[[Callable[[int], None]], Facts]
"""Does it, telling how much was gone through, and returns how it ended."""


class Undertakings:
    """All of one process."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="undertaking")
        self._lock = Lock()
        self._numbers = count(1)
        self._all: list[Undertaking] = []
        self._stops = False

    def begin(
        self,
        session: Session,
        engine: Engine,
        viewer: Viewer,
        work: Work,
        *,
        what: str,
        target: str,
        command: str,
    ) -> Undertaking:
        """Begin one; raises :class:`AlreadyUnderWay` where the same goes on.

        Args:
            session: of the request; that it begins is noted in its transaction.
            engine: for what is done, which begins while that transaction may still be open.
            viewer: who wants it.
            work: does it.
            what: a verb and its object, for the audit trail.
            target: which one.
            command: the command line that does the same.
        """
        with self._lock:
            for each in self._all:
                if each.ended_at is None and (each.what, each.target) == (what, target):
                    raise AlreadyUnderWay(f"{each.who} began this at {each.began_at:%H:%M:%S} UTC")
            number = next(self._numbers)
            made = Undertaking(number, what, target, command, viewer.name)
            self._all = [made, *self._all[: KEPT - 1]]
        record(session, viewer, what, target, after={"command": command})
        self._pool.submit(self._do, engine, viewer, made, work)
        return made

    def all(self) -> list[Undertaking]:
        """Return those that are remembered, the newest first."""
        return list(self._all)

    def stop(self) -> None:
        """Let each end at its next step, and begin no more."""
        self._stops = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _do(self, engine: Engine, viewer: Viewer, made: Undertaking, work: Work) -> None:
        def see(seen: int) -> None:
            made.seen = seen
            if self._stops:
                raise Stopped("the service stopped; begin it again, and it goes on")

        try:
            made.facts = work(see)
        except ColourwayError as error:
            made.problem = str(error)
        except DBAPIError as error:
            log.warning("an undertaking failed", what=made.what, error=str(error).splitlines()[0])
            made.problem = "the database failed; begin it again, and it goes on"
        except Exception:
            log.exception("an undertaking failed", what=made.what)
            made.problem = "a fault of Colourway, see its log"
        made.ended_at = utc_now()
        try:
            ended = {**made.facts} if made.problem is None else {"problem": made.problem}
            with Session(engine) as session, session.begin():
                record(session, viewer, f"{made.what}: ended", made.target, after=ended)
        except DBAPIError as error:
            log.warning("the audit trail was not written", error=str(error).splitlines()[0])
