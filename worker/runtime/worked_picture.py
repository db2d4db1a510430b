"""One picture on its way through a worker: its claim, its time, its span and its record."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from shared.contracts.jobs import Claim
from shared.errors import StageError
from shared.ledger.host_backoff import host_of
from shared.tracing.spans import PictureSpan, picture_span
from worker.runtime.recorder import Outcome, Recorded, Recorder

Loaded = TypeVar("Loaded")


@dataclass(eq=False)
class WorkedPicture:
    """A picture on its way to the ledger, and what will have been recorded of it."""

    claim: Claim
    recorded: Future[Recorded | None] = field(default_factory=Future["Recorded | None"])
    began_at: float = field(default_factory=monotonic)
    """When a thread began to fetch it; until then, when it was put into their queue."""
    span: PictureSpan = field(default_factory=lambda: PictureSpan(None))

    def load(self, load: Callable[[Claim], Loaded]) -> Loaded:
        """Fetch and decode it, in a loader thread."""
        self.began_at, claim = monotonic(), self.claim
        self.span = picture_span(
            claim.trace,
            job_id=claim.job_id,
            batch_id=claim.batch_id,
            host=host_of(claim.url),
            attempt=claim.attempts,
        )
        with self.span.within():
            return load(claim)

    def record(self, recorder: Recorder, outcome: Outcome) -> None:
        """Have its outcome recorded."""
        self.span.hand_over()
        self.recorded.add_done_callback(lambda done: self._end_span(done, outcome))
        recorder.record(self.claim, outcome, self.recorded)

    def _end_span(self, done: Future[Recorded | None], outcome: Outcome) -> None:
        code = outcome.code.value if isinstance(outcome, StageError) else None
        recorded = None if done.exception() else done.result()
        self.span.end(state="lease_lost" if recorded is None else recorded[0].value, code=code)
