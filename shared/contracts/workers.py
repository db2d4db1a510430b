"""Workers: what one says of itself, and when it counts as lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

ANNOUNCED_EVERY_S: Final = 60.0
"""How often a worker says that it lives."""

LOST_AFTER: Final = timedelta(seconds=3 * ANNOUNCED_EVERY_S)
"""A worker that has said nothing for so long is lost: it died, or its machine did."""

FORGOTTEN_AFTER: Final = timedelta(hours=24)
"""A worker that was lost for so long is no longer told of."""

LONGEST_HOST: Final = 255
"""The most characters of a machine's name."""


class Activity(StrEnum):
    """What a worker is at."""

    IDLE = "idle"
    LOADING = "loading"
    WORKING = "working"
    WAITING = "waiting"
    """For a store that takes no files, or for a process that decodes."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker as it announced itself last.

    ``host`` and ``pid`` are those of its parent process. It is at ``activity`` since ``since``:
    with ``jobs`` jobs where it works, the first of them of the batch ``batch_id``. ``pictures``
    have come to an outcome since its present child process began. ``loaded`` says whether that has
    its networks.
    """

    host: str
    pid: int
    name: str
    version: str
    started_at: datetime
    seen_at: datetime
    activity: Activity
    since: datetime
    loaded: bool
    pictures: int
    batch_id: int | None = None
    jobs: int | None = None

    def is_lost(self, now: datetime) -> bool:
        """Return whether it has said nothing for too long."""
        return now - self.seen_at > LOST_AFTER

    def as_json(self, now: datetime) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "name": self.name,
            "host": self.host,
            "pid": self.pid,
            "version": self.version,
            "started_at": self.started_at.isoformat(),
            "seen_at": self.seen_at.isoformat(),
            "lost": self.is_lost(now),
            "activity": self.activity.value,
            "since": self.since.isoformat(),
            "loaded": self.loaded,
            "pictures": self.pictures,
            "batch_id": self.batch_id,
            "jobs": self.jobs,
        }
