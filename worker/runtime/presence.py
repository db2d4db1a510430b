"""A worker's presence: it says in the ledger's database that it lives, and what it is at."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from threading import Lock

import structlog
from sqlalchemy import Engine

from shared.contracts.jobs import LONGEST_NAME, Claim
from shared.contracts.workers import ANNOUNCED_EVERY_S, LONGEST_HOST, Activity, WorkerState
from shared.database.engine import open_engine
from shared.database.models import utc_now
from shared.database.session import in_haste
from shared.ledger.workers import announce, take_leave
from shared.redaction import redact
from shared.settings import Settings
from worker.runtime.minutely import Minutely

log = structlog.get_logger()


@dataclass(frozen=True)
class WorkerIdentity:
    """Who a worker is; made in its parent process, whose children share it."""

    name: str
    host: str = field(default_factory=lambda: socket.gethostname()[:LONGEST_HOST])
    pid: int = field(default_factory=os.getpid)
    started_at: datetime = field(default_factory=utc_now)

    def is_mine(self) -> bool:
        """Return whether this process is that one, or its child while it lives."""
        return self.pid in (os.getpid(), os.getppid())


class Presence:
    """What a worker is at, written by a thread once a minute, and at once where it loads.

    That the database is away stops no worker: a log line says so, and the next minute tries again.

    Args:
        who: the worker.
        settings: of the database.
        pictures: counts the pictures that have come to an outcome.
        every_s: how often it is written.
    """

    def __init__(
        self,
        who: WorkerIdentity,
        settings: Settings,
        pictures: Callable[[], int],
        every_s: float = ANNOUNCED_EVERY_S,
    ) -> None:
        now = utc_now()
        self._who = who
        self._settings = in_haste(settings)
        self._pictures = pictures
        self._lock = Lock()
        self._state = WorkerState(
            host=who.host,
            pid=who.pid,
            name=who.name[:LONGEST_NAME],
            version=version("colourway"),
            started_at=who.started_at,
            seen_at=now,
            activity=Activity.IDLE,
            since=now,
            loaded=False,
            pictures=0,
        )
        self._writing = Minutely([self.write], every_s)

    def start(self) -> None:
        """Begin: say at once that this worker is here."""
        self._writing.start()
        self._writing.soon()

    def end(self) -> None:
        """Take leave, where the worker ends in order: one whose parent was killed is lost."""
        self._writing.end(last_time=False)
        if self._who.is_mine():
            self._try(lambda engine: take_leave(engine, self._who.host, self._who.pid))

    def is_at(self, activity: Activity, claims: "list[Claim] | None" = None) -> None:
        """Note what it is at from now on, with which claims; the batch is that of the first."""
        with self._lock:
            before = self._state
            loads = Activity.LOADING in (activity, before.activity)
            self._state = replace(
                before,
                activity=activity,
                since=utc_now() if activity is not before.activity else before.since,
                loaded=before.loaded or activity is Activity.WORKING,
                batch_id=claims[0].batch_id if claims else None,
                jobs=len(claims) if claims else None,
            )
        if loads:
            self._writing.soon()

    def write(self) -> None:
        """Write what it is at."""
        with self._lock:
            self._state = replace(self._state, seen_at=utc_now(), pictures=self._pictures())
            state = self._state
        self._try(lambda engine: announce(engine, state))

    def _try(self, do: Callable[[Engine], None]) -> None:
        engine = open_engine(self._settings.database_url)
        try:
            do(engine)
        except Exception as error:  # noqa: BLE001  # pictures matter more
            reason = redact(str(error)).partition("\n")[0]
            log.warning("this worker could not be announced", reason=reason)
        finally:
            engine.dispose()  # an idle worker holds no connection for this
