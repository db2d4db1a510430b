"""Hosts that asked to be left alone: a pause that all workers share, in the ledger.

A host that answers 429, or 503 with ``Retry-After``, is paused. Until the pause ends its jobs are
put off without being fetched, and neither they nor the one that was answered so count an attempt:
they are not to blame. Jobs of other hosts go on. A host that lets nothing through for longer than
``COLOURWAY_HOST_PATIENCE_S`` has its jobs quarantined, or they would wait for ever.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, select, update

from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import HostBackoff
from shared.database.upsert import upsert
from shared.errors import StageError
from shared.ledger import claims
from shared.ledger.recording import Ending, record_end
from shared.settings import Settings

LONGEST_WAIT_S: Final = 3600.0
"""No wait between two attempts is longer, whatever a server asks for."""

SHORTEST_BACKOFF_S: Final = 1.0
"""No pause is shorter, even where a server says that none is needed."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """A host's pause; ``began_at`` is since when it has let nothing through."""

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
    """The pauses of one ledger, as they were at the last claim. May serve many threads.

    What takes a connection works in the caller's transaction.
    """

    def __init__(self, settings: Settings) -> None:
        self._backoff_s = settings.backoff_s
        self._patience = timedelta(seconds=settings.host_patience_s)
        self._known: Mapping[str, Backoff] = {}

    def knows(self, url: str) -> bool:
        """True where a picture's host has, or lately had, a pause."""
        return bool(self._known) and host_of(url) in self._known

    def admit(self, connection: Connection, taken: Sequence[Claim], now: datetime) -> list[Claim]:
        """Return the claims whose hosts may be asked now, and put the others off."""
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
        for host, held in backed_off.items():
            backoff = self._known[host]
            moment = backoff.ends_at.isoformat(timespec="seconds")
            message = f"{host} asked to be left alone until {moment}; it was not asked again"
            self.defer(connection, held, backoff, _throttled(message), now)
        return admitted

    def begin(
        self, connection: Connection, host: str, wait_s: float | None, now: datetime
    ) -> Backoff:
        """Pause a host for as long as it asked for, or for longer where it has a pause already.

        Where it did not say, the pause is as long as it has let nothing through: pauses double.
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
        # Nobody asked for long after the last pause: that was another story.
        forgotten = now - row.ends_at > timedelta(seconds=LONGEST_WAIT_S)
        began_at = now if forgotten else row.began_at
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
        """Note that a host has let a picture through: its next pause begins anew."""
        over = HostBackoff.ends_at <= now  # what came through may have been asked for before
        connection.execute(delete(HostBackoff).where(HostBackoff.host == host_of(url), over))

    def defer(
        self,
        connection: Connection,
        held: Sequence[Claim],
        backoff: Backoff,
        error: StageError,
        now: datetime,
    ) -> JobState | None:
        """Put claims of a paused host off, or end their jobs where patience has ended.

        Returns what became of them; None where their leases were lost.
        """
        if now - backoff.began_at > self._patience:
            since = backoff.began_at.isoformat(timespec="seconds")
            message = f"{error.message}; nothing came through since {since}"
            ending = Ending(JobState.QUARANTINED, error.code, message, error.stage)
            written = [record_end(connection, claim, ending, now) for claim in held]
            return JobState.QUARANTINED if any(written) else None
        # They come back one chunk after the other. No secret hangs on this number.
        late = (backoff.ends_at - now) * random.uniform(0, 0.5)  # noqa: S311
        until = backoff.ends_at + late
        return JobState.RETRY if claims.defer(connection, held, until, error) else None


def _throttled(message: str) -> StageError:
    return StageError(Stage.FETCH, Code.FETCH_THROTTLED, message, retry=True)
