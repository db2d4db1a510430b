"""Host backoff: hosts that throttle, and until when no worker fetches from them.

A host that answers 429, or 503 with ``Retry-After``, or lets ``SILENT_AFTER`` pictures in a row
time out, gets a backoff, which all workers share through the ledger. Until it ends, the host's jobs
are deferred without being fetched, and neither they nor the job that met with it count an attempt.
Jobs of other hosts go on. Where a host has let nothing through for longer than
``COLOURWAY_HOST_PATIENCE_S``, its jobs are quarantined, or they would wait for ever.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, select, update

from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import HostBackoff
from shared.database.upsert import upsert
from shared.errors import StageError
from shared.ledger import claims
from shared.ledger.recording import JobEnd, record_end
from shared.metrics import counting
from shared.settings import Settings

_ANSWERED: Final = frozenset(Code) - {Code.FETCH_UNREACHABLE, Code.FETCH_THROTTLED}
"""Errors of ``fetch`` that come from an answer, be it a broken one, or from no server at all."""

LONGEST_WAIT_S: Final = 3600.0
"""No wait between two attempts is longer, whatever a server asks for."""

SHORTEST_BACKOFF_S: Final = 1.0
"""No backoff is shorter, even where a server asks for none."""

SILENT_AFTER: Final = 3
"""So many different pictures must time out in a row before their host is to blame: one that is
always slow costs itself only."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """A host's backoff; since ``began_at`` the host has let nothing through."""

    began_at: datetime
    ends_at: datetime


def host_of(url: str) -> str | None:
    """Return a web picture's host, with its port where it is named; None for any other place."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:  # no URL; the fetch stage will say so
        return None


class HostBackoffs:
    """The backoffs of one ledger, as they were at the last claim. May serve many threads.

    Methods that take a connection work in the caller's transaction.
    """

    def __init__(self, settings: Settings) -> None:
        self._backoff_s = settings.backoff_s
        self._patience = timedelta(seconds=settings.host_patience_s)
        self._known: Mapping[str, Backoff] = {}
        self._timed_out: dict[str, set[int]] = {}
        self._lock = Lock()

    def has_enough(self, claim: Claim, error: StageError) -> bool:
        """Hear of an error; True where it says that the picture's host must be left alone.

        The same error may be told again. How many pictures have timed out is known to this process
        alone: others find out by themselves, or from the backoff.
        """
        host = host_of(claim.url)
        if host is None or error.stage is not Stage.FETCH:
            return False
        if error.code is Code.FETCH_TIMEOUT:
            with self._lock:
                silent = self._timed_out.setdefault(host, set())
                silent.add(claim.image_id)
                return len(silent) >= SILENT_AFTER
        if error.code in _ANSWERED:
            self.heard_from(claim.url)
        return error.code is Code.FETCH_THROTTLED

    def heard_from(self, url: str) -> None:
        """Note that a host has answered: pictures that timed out before did so by themselves."""
        if self._timed_out:
            with self._lock:
                self._timed_out.pop(host_of(url) or "", None)

    def knows(self, url: str) -> bool:
        """True where a picture's host had a backoff at the last claim."""
        return bool(self._known) and host_of(url) in self._known

    def admit(self, connection: Connection, taken: Sequence[Claim], now: datetime) -> list[Claim]:
        """Return the claims whose hosts may be fetched from now, and defer the others."""
        if not taken:
            return []
        columns = (HostBackoff.host, HostBackoff.began_at, HostBackoff.ends_at)
        self._known = {
            host: Backoff(began_at, ends_at)
            for host, began_at, ends_at in connection.execute(select(*columns))
        }
        if not self._known:
            return list(taken)
        backed_off: dict[str, list[Claim]] = defaultdict(list)
        admitted: list[Claim] = []
        for claim in taken:
            host = host_of(claim.url)
            if host is not None and host in self._known and self._known[host].ends_at > now:
                backed_off[host].append(claim)
            else:
                admitted.append(claim)
        for host, theirs in backed_off.items():
            backoff = self._known[host]
            moment = backoff.ends_at.isoformat(timespec="seconds")
            message = f"nothing was fetched: {host} was in backoff, which was to end at {moment}"
            self.defer(connection, theirs, backoff, _throttled(message), now)
        return admitted

    def begin(
        self, connection: Connection, host: str, wait_s: float | None, now: datetime
    ) -> Backoff:
        """Begin a backoff of ``wait_s`` seconds, or prolong the one that the host has.

        Without ``wait_s`` it lasts as long again as the host has throttled so far: backoffs double.
        """
        connection.execute(
            upsert(connection, HostBackoff)
            .values(host=host, began_at=now, ends_at=now)
            .on_conflict_do_nothing()
        )
        row = connection.execute(
            select(HostBackoff.began_at, HostBackoff.ends_at)
            .where(HostBackoff.host == host)
            .with_for_update()
        ).one()
        # Long after the last backoff this is another incident.
        is_over = now - row.ends_at > timedelta(seconds=LONGEST_WAIT_S)
        began_at = now if is_over else row.began_at
        if began_at == now:
            counting.host_backoff_begun()
        if wait_s is None:
            wait_s = max(self._backoff_s, (now - began_at).total_seconds())
        wait_s = min(LONGEST_WAIT_S, max(SHORTEST_BACKOFF_S, wait_s))
        backoff = Backoff(began_at, max(row.ends_at, now + timedelta(seconds=wait_s)))
        connection.execute(
            update(HostBackoff)
            .where(HostBackoff.host == host)
            .values(began_at=backoff.began_at, ends_at=backoff.ends_at)
        )
        return backoff

    def end(self, connection: Connection, url: str, now: datetime) -> None:
        """Note that a host has served a picture: its next backoff starts from the shortest."""
        over = HostBackoff.ends_at <= now  # the picture may have been requested before the backoff
        connection.execute(delete(HostBackoff).where(HostBackoff.host == host_of(url), over))

    def defer(
        self,
        connection: Connection,
        leased: Sequence[Claim],
        backoff: Backoff,
        error: StageError,
        now: datetime,
    ) -> JobState | None:
        """Defer claims of a host in backoff, or quarantine their jobs where patience has ended.

        Returns the state of the jobs; None where the leases were lost.
        """
        if now - backoff.began_at > self._patience:
            since = backoff.began_at.isoformat(timespec="seconds")
            message = f"{error.message}; its host has let nothing through since {since}"
            end = JobEnd(JobState.QUARANTINED, error.code, message, error.stage)
            written = [record_end(connection, claim, end, now) for claim in leased]
            return JobState.QUARANTINED if any(written) else None
        # Jittered, so that the jobs do not all come back at once. No secret depends on it.
        late = (backoff.ends_at - now) * random.uniform(0, 0.5)  # noqa: S311
        until = backoff.ends_at + late
        return JobState.RETRY if claims.defer(connection, leased, until, error) else None


def _throttled(message: str) -> StageError:
    return StageError(Stage.FETCH, Code.FETCH_THROTTLED, message, retry=True)
