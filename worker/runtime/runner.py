"""Taking claimed jobs down the road: what embedded mode and the Celery task share.

Fetching and decoding run ahead in threads. A few other threads, the hands, take one picture each
from the networks to the store: each network sees one picture at a time, and while it does, the
other network and everything around them go on. A further thread records. Only a few pictures are
in memory at a time. An error costs its own job only.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.ledger.host_backoff import host_of
from shared.ledger.ledger import Ledger
from worker.runtime.recorder import Ending, Outcome, Recorder

if TYPE_CHECKING:  # the pipeline brings TensorFlow, which a stand-in for it does without
    from worker.pipeline import Inference, Loaded

INFERENCE_THREADS: Final = 3
"""How many pictures are between fetching and recording at a time: one in each network, and one that
is coloured, cropped and stored."""

MAX_IN_FLIGHT: Final = INFERENCE_THREADS + 1
"""How many are, or wait for a hand."""

OnResult = Callable[[Claim, JobState, Outcome | None], None]

log = structlog.get_logger()


class PicturePipeline(Protocol):
    """The three steps of :class:`~worker.pipeline.Pipeline`."""

    def load(self, claim: Claim) -> "Loaded | Unchanged":
        """Fetch and decode, or find that there is nothing new."""
        ...

    def analyse(self, loaded: "Loaded") -> "Inference":
        """Run the networks."""
        ...

    def finish(self, inference: "Inference") -> PictureResult:
        """Colour, crop and store."""
        ...


def process(
    ledger: Ledger,
    claims: Sequence[Claim],
    pipeline: PicturePipeline,
    on_result: OnResult | None = None,
    *,
    threads: int = 4,
    stop: Event | None = None,
    per_host: int | None = None,
    begin_within_s: float = math.inf,
) -> int:
    """Process claims to their outcomes.

    Args:
        ledger: where the outcomes go.
        claims: jobs whose leases this process holds.
        pipeline: the road.
        on_result: hears of every outcome, in this thread, after it was recorded. The outcome is
            None where the lease was lost on the way; then nothing was written.
        threads: how many pictures are fetched at a time.
        per_host: how many of them from one host; without it, one less, so that a slow host leaves
            a thread to the others.
        stop: once set, pictures already loaded are finished and the other claims handed back.
        begin_within_s: after so long the same happens: the rest would outlast its lease.

    Returns:
        How many claims came to an outcome.
    """
    on_result, stop = on_result or _say_nothing, stop or Event()
    per_host = per_host or max(1, threads - 1)
    # The recorder is left last: it writes what the hands were still at.
    with (
        Recorder(ledger) as recorder,
        ThreadPoolExecutor(threads) as loaders,
        ThreadPoolExecutor(INFERENCE_THREADS) as inference_threads,
    ):
        until = monotonic() + begin_within_s
        run = _Run(ledger, recorder, pipeline, on_result, deque(claims), stop, until, per_host)
        run.go(loaders, inference_threads, ahead=threads + 1)
    return run.finished


@dataclass
class _Run:
    ledger: Ledger
    recorder: Recorder
    pipeline: PicturePipeline
    on_result: OnResult
    waiting: deque[Claim]
    stop: Event
    begin_until: float
    per_host: int
    loading: "dict[Future[Loaded | Unchanged], Claim]" = field(default_factory=dict)
    in_flight: deque[tuple[Claim, Future[Future[Ending | None]]]] = field(default_factory=deque)
    recording: deque[tuple[Claim, Future[Ending | None]]] = field(default_factory=deque)
    finished: int = 0

    def go(
        self, loaders: ThreadPoolExecutor, inference_threads: ThreadPoolExecutor, ahead: int
    ) -> None:
        """Load ahead, and put whichever is ready into a hand."""
        try:
            while self.waiting or self.loading:
                if self.stop.is_set() or monotonic() > self.begin_until:
                    self._release()
                while len(self.loading) < ahead and (claim := self._next()):
                    self.loading[loaders.submit(self.pipeline.load, claim)] = claim
                ready, _ = wait(self.loading, return_when=FIRST_COMPLETED)
                for future in ready:
                    self._take_on(self.loading.pop(future), future, inference_threads)
            self._drain(0)
            self.recorder.hurry()
            self._tell(0)
        finally:
            # Only an exception that ends the process leaves anything here: give it all back.
            self._release()

    def _next(self) -> Claim | None:
        """Take the first claim that waits for a host from which not too much is being fetched."""
        fetching = Counter(
            host_of(claim.url) for future, claim in self.loading.items() if not future.done()
        )
        for place, claim in enumerate(self.waiting):
            host = host_of(claim.url)
            if host is None or fetching[host] < self.per_host:
                del self.waiting[place]
                return claim
        return None

    def _leave_alone(self, host: str | None, error: StageError) -> None:
        """Put off what waits for a host that asked for fewer requests."""
        asked = [claim for claim in self.waiting if host_of(claim.url) == host]
        self.waiting = deque(claim for claim in self.waiting if host_of(claim.url) != host)
        self.ledger.defer(asked, error)

    def _take_on(
        self,
        claim: Claim,
        future: "Future[Loaded | Unchanged]",
        inference_threads: ThreadPoolExecutor,
    ) -> None:
        self._drain(MAX_IN_FLIGHT)  # what has ended while this was loaded is told first
        try:
            loaded = future.result()
        except Exception as error:  # noqa: BLE001  # one picture's fault must not cost another
            failure = as_stage_error(error, Stage.FETCH)
            if failure.code is Code.FETCH_THROTTLED:
                self._leave_alone(host_of(claim.url), failure)
            self.recording.append((claim, self.recorder.record(claim, failure)))
        else:
            if isinstance(loaded, Unchanged):
                self.recording.append((claim, self.recorder.record(claim, loaded)))
            else:
                self.in_flight.append(
                    (claim, inference_threads.submit(self._finish, claim, loaded))
                )
        self._drain(MAX_IN_FLIGHT)

    def _finish(self, claim: Claim, loaded: "Loaded") -> Future[Ending | None]:
        """Take a picture on to its outcome, and have that recorded; in a hand."""
        try:
            outcome: Outcome = self.pipeline.finish(self.pipeline.analyse(loaded))
        except Exception as error:  # noqa: BLE001  # as above
            outcome = as_stage_error(error, Stage.MASK)
        return self.recorder.record(claim, outcome)

    def _drain(self, allowed: int) -> None:
        """Wait until no more than ``allowed`` pictures are in hand; tell what was recorded."""
        while self.in_flight and (len(self.in_flight) > allowed or self.in_flight[0][1].done()):
            claim, future = self.in_flight.popleft()
            self.recording.append((claim, future.result()))
        self._tell(len(self.recording))

    def _tell(self, allowed: int) -> None:
        """Tell of what was recorded, until no more than ``allowed`` pictures wait for it."""
        while self.recording and (len(self.recording) > allowed or self.recording[0][1].done()):
            claim, future = self.recording.popleft()
            ending = future.result()
            self.finished += 1
            if ending is None:
                log.warning("lease lost", job_id=claim.job_id, url=claim.url)
                self.on_result(claim, JobState.LEASED, None)
            else:
                self.on_result(claim, *ending)

    def _release(self) -> None:
        self.ledger.release(self.waiting)
        self.waiting.clear()


def _say_nothing(claim: Claim, state: JobState, outcome: Outcome | None) -> None:
    pass


def as_stage_error(error: Exception, stage: Stage) -> StageError:
    """Any error as a stage's own; what nobody foresaw becomes ``internal_error``, retried."""
    if isinstance(error, StageError):
        return error
    log.exception("unforeseen error", stage=stage, exc_info=error)
    message = f"{type(error).__name__}: {error}"
    return StageError(stage, Code.INTERNAL_ERROR, message[:500], retry=True)
