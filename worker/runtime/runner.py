"""Taking claimed jobs through the pipeline: what embedded mode and the Celery task share.

Loader threads fetch and decode ahead. A few inference threads take one picture each from the
networks to the store: each network sees one picture at a time, or on a GPU one batch, and while it
does, the other network and everything around them go on. A further thread records. Only a few
pictures are in memory at a time. An error costs its own job only.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult
from shared.contracts.stages import WORKER_WAITS, Code, Stage
from shared.errors import StageError
from shared.ledger.host_backoff import host_of
from shared.ledger.ledger import Ledger
from shared.redaction import redact
from worker.runtime.recorder import Outcome, Recorded, Recorder
from worker.runtime.worked_picture import WorkedPicture

if TYPE_CHECKING:  # the pipeline brings TensorFlow, which a stand-in for it does without
    from worker.pipeline import Inference, Loaded

INFERENCE_THREADS: Final = 3
"""How many pictures are between fetching and recording at a time: one in each network, and one that
is coloured, cropped and stored. Where batches of pictures go through the networks, so many for each
picture of a batch."""

OnResult = Callable[[Claim, JobState, Outcome | None, float], None]

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
    inference_threads: int = INFERENCE_THREADS,
    stop: Event | None = None,
    per_host: int | None = None,
    begin_within_s: float = math.inf,
) -> int:
    """Process claims to their outcomes.

    Where the store takes nothing at all, or nothing can be decoded, the pictures that meet with it
    are deferred and the other claims released, without counting attempts: wait until both can be
    had before claiming more.

    Args:
        ledger: where the outcomes go.
        claims: jobs whose leases this process holds.
        pipeline: what each picture goes through.
        on_result: hears of every outcome, in this thread, after it was recorded, with the seconds
            since the picture's fetch began. The outcome is None where the lease was lost on the
            way; then nothing was written.
        threads: how many pictures are fetched at a time.
        inference_threads: how many pictures are between fetching and recording at a time; one more
            waits for a thread.
        per_host: how many of them from one host; without it, one less, so that a slow host leaves
            a thread to the others.
        stop: once set, pictures already loaded are finished and the other claims released.
        begin_within_s: after so long the same happens: the rest would outlast its lease.

    Returns:
        How many claims came to an outcome.
    """
    on_result, stop = on_result or _say_nothing, stop or Event()
    begin_until = monotonic() + begin_within_s

    def begin_no_more() -> bool:
        return stop.is_set() or monotonic() > begin_until or in_flight.away is not None

    waiting = _WaitingClaims(ledger, deque(claims), per_host or max(1, threads - 1))
    # The recorder is left last: it writes what the inference threads were still at.
    with (
        Recorder(ledger) as recorder,
        ThreadPoolExecutor(threads) as loaders,
        ThreadPoolExecutor(inference_threads) as inferring,
    ):
        in_flight = _InFlight(pipeline, recorder, inferring, inference_threads + 1, on_result)
        try:
            for picture, loaded in _load(waiting, pipeline, loaders, threads + 1, begin_no_more):
                in_flight.report()  # what has ended while this was loaded is told first
                in_flight.add(picture, loaded)
            in_flight.finish()
        finally:
            # Only an exception that ends the process leaves anything here: release it all.
            waiting.release()
    return in_flight.reported


@dataclass
class _WaitingClaims:
    """The claims that are not being loaded yet."""

    ledger: Ledger
    claims: deque[Claim]
    per_host: int

    def take(self, loading: "Mapping[Future[Loaded | Unchanged], WorkedPicture]") -> Claim | None:
        """Take the first claim that waits for a host from which not too much is being fetched."""
        fetching = Counter(
            host_of(each.claim.url) for future, each in loading.items() if not future.done()
        )
        for place, claim in enumerate(self.claims):
            host = host_of(claim.url)
            if host is None or fetching[host] < self.per_host:
                del self.claims[place]
                return claim
        return None

    def defer_host(self, host: str | None, error: StageError) -> None:
        """Defer what waits for a host that has had enough, or says nothing."""
        deferred = [claim for claim in self.claims if host_of(claim.url) == host]
        self.claims = deque(claim for claim in self.claims if host_of(claim.url) != host)
        self.ledger.defer(deferred, error)

    def release(self) -> None:
        """Let others have whatever is left."""
        self.ledger.release(self.claims)
        self.claims.clear()


@dataclass
class _InFlight:
    """Pictures between loading and telling, in the order in which they were loaded."""

    pipeline: PicturePipeline
    recorder: Recorder
    inference_threads: ThreadPoolExecutor
    limit: int
    on_result: OnResult
    in_inference: deque[tuple[WorkedPicture, Future[None]]] = field(default_factory=deque)
    in_recording: deque[WorkedPicture] = field(default_factory=deque)
    reported: int = 0
    away: StageError | None = None
    """Why this worker can do no picture, once one has met with that."""

    def add(self, picture: WorkedPicture, loaded: "Loaded | Unchanged | StageError") -> None:
        """Run the networks on a picture; record at once what needs none. Waits for room."""
        if isinstance(loaded, Unchanged | StageError):
            self._note(loaded)
            picture.record(self.recorder, loaded)
            self.in_recording.append(picture)
        else:
            inferred = self.inference_threads.submit(self._infer, picture, loaded)
            self.in_inference.append((picture, inferred))
        self.report()

    def report(self) -> None:
        """Tell of what was recorded, and wait until no more than ``limit`` are in inference."""
        self._await_inference(self.limit)
        self._await_recording(len(self.in_recording))

    def finish(self) -> None:
        """Wait for everything, and tell of it."""
        self._await_inference(0)
        self._await_recording(len(self.in_recording))
        self.recorder.hurry()
        self._await_recording(0)

    def _infer(self, picture: WorkedPicture, loaded: "Loaded") -> None:
        """Take a picture on to its outcome, and have that recorded; in an inference thread."""
        # Without a store there is no use in the networks; without a decoder there is still.
        away = self.away
        is_storeless = away is not None and away.code is Code.STORE_UNAVAILABLE
        with picture.span.within():
            outcome = away if away is not None and is_storeless else self._outcome(loaded)
        self._note(outcome)
        picture.record(self.recorder, outcome)

    def _outcome(self, loaded: "Loaded") -> Outcome:
        try:
            return self.pipeline.finish(self.pipeline.analyse(loaded))
        except Exception as error:  # noqa: BLE001  # one picture's fault must not cost another
            return as_stage_error(error, Stage.MASK)

    def _note(self, outcome: Outcome) -> None:
        if isinstance(outcome, StageError) and outcome.code in WORKER_WAITS:
            self.away = outcome

    def _await_inference(self, allowed: int) -> None:
        waiting = self.in_inference
        while waiting and (len(waiting) > allowed or waiting[0][1].done()):
            picture, inferred = waiting.popleft()
            inferred.result()  # raises what is to end the process
            self.in_recording.append(picture)

    def _await_recording(self, allowed: int) -> None:
        waiting = self.in_recording
        while waiting and (len(waiting) > allowed or waiting[0].recorded.done()):
            picture = waiting.popleft()
            self._tell(picture, picture.recorded.result())

    def _tell(self, picture: WorkedPicture, recorded: Recorded | None) -> None:
        self.reported += 1
        claim, seconds = picture.claim, monotonic() - picture.began_at
        if recorded is None:
            log.warning("lease lost, result discarded", job_id=claim.job_id, sku=claim.sku)
            self.on_result(claim, JobState.LEASED, None, seconds)
        else:
            self.on_result(claim, *recorded, seconds)


def _load(
    waiting: _WaitingClaims,
    pipeline: PicturePipeline,
    loaders: ThreadPoolExecutor,
    ahead: int,
    begin_no_more: Callable[[], bool],
) -> "Iterator[tuple[WorkedPicture, Loaded | Unchanged | StageError]]":
    """Load ahead, and yield whichever is ready; release what is not to be begun."""
    loading: dict[Future[Loaded | Unchanged], WorkedPicture] = {}
    while True:
        if begin_no_more():
            waiting.release()
        while len(loading) < ahead and (claim := waiting.take(loading)):
            picture = WorkedPicture(claim)
            loading[loaders.submit(picture.load, pipeline.load)] = picture
        if not loading:
            return
        wait(loading, return_when=FIRST_COMPLETED)
        # One at a time: another is begun before this one waits for an inference thread.
        future = next(future for future in loading if future.done())
        picture, loaded = loading.pop(future), _loaded(future)
        if isinstance(loaded, StageError) and waiting.ledger.host_has_enough(picture.claim, loaded):
            waiting.defer_host(host_of(picture.claim.url), loaded)
        yield picture, loaded


def _loaded(future: "Future[Loaded | Unchanged]") -> "Loaded | Unchanged | StageError":
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001  # one picture's fault must not cost another
        return as_stage_error(error, Stage.FETCH)


def _say_nothing(claim: Claim, state: JobState, outcome: Outcome | None, seconds: float) -> None:
    pass


def as_stage_error(error: Exception, stage: Stage) -> StageError:
    """Any error as a stage's own; an unforeseen one becomes ``internal_error``, to be retried."""
    if isinstance(error, StageError):
        return error
    log.exception("unexpected error", stage=stage, exc_info=error)
    message = f"{type(error).__name__}: {error}"
    # Redacted before it is cut: half a secret is told as one no longer.
    return StageError(stage, Code.INTERNAL_ERROR, redact(message)[:500], retry=True)
