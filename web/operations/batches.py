"""Batches as operators see them: how far each is, how fast it goes, and what failed in it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from sqlalchemy import Engine

from producer.status.counts import CatalogueStatus, JobProgress, Origin, Status, read_status
from producer.status.durations import spell
from producer.status.watch import Pacer
from shared.ledger.ledger import Tally
from shared.ledger.reopening import FAILED_STATES
from shared.settings import Settings

MOST_SHOWN: Final = 50
"""How many batches the overview shows, the newest; all of those with jobs left are shown."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """One batch: where it came from, how far it is, its pace, and the time it will still take."""

    id: int | None
    origin: Origin | None
    progress: JobProgress
    tallies: Sequence[Tally]
    pace: str
    left: str

    @property
    def name(self) -> str:
        """What it is called: the name of its feed, or what caused it."""
        if self.origin is None:
            return "jobs without a batch"
        return self.origin.source or self.origin.trigger

    @property
    def ended(self) -> int:
        """How many jobs have come to their end."""
        return self.progress.jobs - self.progress.left

    @property
    def failures(self) -> list[tuple[str, int]]:
        """The codes of failed jobs, the most frequent first."""
        counts: dict[str, int] = {}
        for tally in self.tallies:
            if tally.state in FAILED_STATES and tally.code is not None:
                counts[tally.code.value] = counts.get(tally.code.value, 0) + tally.jobs
        return sorted(counts.items(), key=lambda each: -each[1])


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at one look."""

    batches: Sequence[BatchProgress]
    older: int
    catalogues: Sequence[CatalogueStatus]
    progress: JobProgress
    busy_workers: int


class Looks:
    """Looks at the ledger, and remembers the last ones: pace is measured between them."""

    def __init__(self) -> None:
        self._pacer = Pacer()
        self._lock = Lock()

    def overview(self, engine: Engine, settings: Settings) -> Overview:
        """Look at all batches, the newest first."""
        status = read_status(engine, settings)
        batches = self._see(status)
        shown = [
            each for place, each in enumerate(batches) if place < MOST_SHOWN or each.progress.left
        ]
        return Overview(
            shown,
            len(batches) - len(shown),
            status.catalogues,
            JobProgress.of(status.tallies),
            status.busy_workers,
        )

    def batch(self, engine: Engine, settings: Settings, batch_id: int) -> BatchProgress | None:
        """Look at one batch; None where there are no jobs of it."""
        return next(iter(self._see(read_status(engine, settings, batch_id))), None)

    def _see(self, status: Status) -> list[BatchProgress]:
        now_s = time.monotonic()
        found: list[BatchProgress] = []
        for batch_id, tallies in status.by_batch().items():
            with self._lock:
                seen = self._pacer.see(batch_id, JobProgress.of(tallies), now_s)
            left = spell(seen.left_s) if seen.left_s else ""
            pace = f"{seen.per_s:,.2f}/s" if seen.per_s and seen.progress.left else ""
            origin = status.origins.get(batch_id or 0)
            found.append(BatchProgress(batch_id, origin, seen.progress, tallies, pace, left))
        return found
