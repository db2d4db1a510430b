"""What a worker's log says of pictures: a line for each at debug, one a minute for each batch."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any, Final

import structlog

from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult
from shared.contracts.stages import WORKER_WAITS, Code
from shared.errors import StageError
from shared.ledger.host_backoff import host_of
from worker.runtime.outcome_counts import count_outcome

MOST_HOSTS: Final = 3
"""Of how many hosts a summary tells, those with the most failures first."""

Outcome = PictureResult | StageError | Unchanged

log = structlog.get_logger()


@dataclass
class _BatchMinute:
    """What became of one batch's pictures since the last summary."""

    states: Counter[str] = field(default_factory=Counter[str])
    codes: Counter[str] = field(default_factory=Counter[str])
    hosts: Counter[str] = field(default_factory=Counter[str])
    slowest: tuple[float, int, str | None] = (-1.0, 0, None)

    def facts(self, seconds: float) -> dict[str, Any]:
        """Return what a summary says of them."""
        pictures = self.states.total()
        took_s, job_id, host = self.slowest
        failures = {"failures": dict(self.codes), "hosts": dict(self.hosts.most_common(MOST_HOSTS))}
        return {
            "pictures": pictures,
            "seconds": round(seconds, 1),
            "per_s": round(pictures / max(seconds, 0.001), 2),
            "states": dict(self.states),
            **(failures if self.codes else {}),
            "slowest": {"job_id": job_id, "host": host, "seconds": round(took_s, 2)},
        }


class WorkLog:
    """Counts outcomes for the metrics, and tells of them. Safe to use from several threads.

    Args:
        clock: a steady one, in seconds; tests pass their own.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._began_at = clock()
        self._batches: dict[int | None, _BatchMinute] = {}
        self._dispatched = 0
        self.pictures = 0
        """How many outcomes it was told of."""

    def tell(self, claim: Claim, state: JobState, outcome: Outcome | None, seconds: float) -> None:
        """Tell of a picture's outcome; None where its lease was lost. Fits the runner's hook."""
        count_outcome(state, outcome)
        host = host_of(claim.url)
        with self._lock:
            self.pictures += 1
            minute = self._batches.setdefault(claim.batch_id, _BatchMinute())
            minute.states["lease_lost" if outcome is None else state.value] += 1
            if isinstance(outcome, StageError) and outcome.code is not Code.NO_PERSON:
                minute.codes[outcome.code.value] += 1
                minute.hosts[host or "none"] += 1
            minute.slowest = max(minute.slowest, (seconds, claim.job_id, host), key=_seconds)
        _tell_of_one(claim, state, outcome, host, seconds)

    def dispatched(self, jobs: int) -> None:
        """Tell that a sweep has dispatched so many jobs."""
        with self._lock:
            self._dispatched += jobs
        if jobs:
            log.debug("jobs dispatched", jobs=jobs)

    def summarise(self) -> None:
        """Tell of everything since the last summary, a line for each batch; of nothing, nothing."""
        with self._lock:
            now, batches, jobs = self._clock(), self._batches, self._dispatched
            seconds, self._began_at = now - self._began_at, now
            self._batches, self._dispatched = {}, 0
        for batch_id, minute in batches.items():
            log.info("pictures processed", batch_id=batch_id, **minute.facts(seconds))
        if jobs:
            log.info("jobs dispatched", jobs=jobs, seconds=round(seconds, 1))


def _seconds(slowest: tuple[float, int, str | None]) -> float:
    return slowest[0]


def _tell_of_one(
    claim: Claim, state: JobState, outcome: Outcome | None, host: str | None, seconds: float
) -> None:
    facts = {
        "job_id": claim.job_id,
        "batch_id": claim.batch_id,
        "sku": claim.sku,
        "host": host,
        "seconds": round(seconds, 3),
        "state": state.value,
    }
    if isinstance(outcome, StageError) and outcome.code in WORKER_WAITS:
        log.debug("picture deferred", **facts)  # the outage is told, once
    elif isinstance(outcome, StageError):
        facts |= {"stage": outcome.stage.value, "code": outcome.code.value}
        log.debug("picture without a result", **facts, reason=outcome.message)
    elif isinstance(outcome, Unchanged):
        log.debug("picture unchanged", **facts)
    elif outcome is not None:
        log.debug("picture done", **facts, confidence=round(outcome.confidence, 3))
