"""Recording outcomes in a thread of its own, those together that come within a moment.

A transaction costs nearly the same for one result as for a few, so a worker begins one every
``EVERY_S`` at most; where they come more slowly, none waits. Pictures whose results wait here when
the worker is killed are done again, like those that it was working on.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from time import monotonic
from types import TracebackType
from typing import Final, Self

from sqlalchemy.exc import OperationalError

from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult
from shared.contracts.stages import Stage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.metrics.counting import stage_timed

EVERY_S: Final = 0.25
"""How far apart two transactions begin, at least; so an outcome waits no longer for others."""

Outcome = PictureResult | StageError | Unchanged
Recorded = tuple[JobState, Outcome]
"""The state that a job was left in, and the outcome that it had."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    claim: Claim
    outcome: Outcome
    recorded: Future[Recorded | None]


class Recorder:
    """Writes outcomes to the ledger. At the end of its block all of them are written."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: deque[_Waiting] = deque()
        self._thread = ThreadPoolExecutor(1)
        self._hurried = Event()
        self._began = monotonic() - EVERY_S

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hurry()
        self._thread.shutdown()

    def record(
        self,
        claim: Claim,
        outcome: Outcome,
        recorded: Future[Recorded | None] | None = None,
    ) -> Future[Recorded | None]:
        """Have an outcome written soon.

        Returns:
            A future, ``recorded`` where that is given, of what will have been written: None where
            the lease was lost. It raises what the database raised.
        """
        waiting = _Waiting(claim, outcome, recorded or Future())
        self._waiting.append(waiting)
        self._thread.submit(self._write)
        return waiting.recorded

    def hurry(self) -> None:
        """Wait for no further outcomes from now on: there will be none."""
        self._hurried.set()

    def _write(self) -> None:
        if not self._waiting:
            return  # it went with one before
        self._hurried.wait(max(0.0, self._began + EVERY_S - monotonic()))
        self._began = monotonic()
        together = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self._settle([e for e in together if isinstance(e.outcome, PictureResult)], self._finish)
        self._settle([e for e in together if isinstance(e.outcome, Unchanged)], self._unchanged)
        for each in together:
            if isinstance(each.outcome, StageError):
                self._fail(each, each.outcome)

    def _finish(self, together: Sequence[_Waiting]) -> list[Recorded | None]:
        results = [(e.claim, e.outcome) for e in together if isinstance(e.outcome, PictureResult)]
        written = self._ledger.finish_many(results)
        return [
            (JobState.DONE, each.outcome) if ours else None
            for each, ours in zip(together, written, strict=True)
        ]

    def _unchanged(self, together: Sequence[_Waiting]) -> list[Recorded | None]:
        found = [(e.claim, e.outcome) for e in together if isinstance(e.outcome, Unchanged)]
        states = self._ledger.unchanged(found)
        return [
            None if state is None else (state, each.outcome)
            for each, state in zip(together, states, strict=True)
        ]

    def _settle(
        self,
        together: Sequence[_Waiting],
        write: Callable[[Sequence[_Waiting]], list[Recorded | None]],
    ) -> None:
        if not together:
            return
        try:
            with stage_timed(Stage.RECORD):
                endings = write(together)
        except Exception as error:  # noqa: BLE001  # raised where the outcome is asked for
            if len(together) > 1 and not isinstance(error, OperationalError):
                for each in together:  # an outcome that cannot be written must not cost the others
                    self._settle([each], write)
                return
            for each in together:
                each.recorded.set_exception(error)
        else:
            for each, ending in zip(together, endings, strict=True):
                each.recorded.set_result(ending)

    def _fail(self, waiting: _Waiting, failure: StageError) -> None:
        try:
            with stage_timed(Stage.RECORD):
                state = self._ledger.fail(waiting.claim, failure)
        except Exception as error:  # noqa: BLE001  # as above
            waiting.recorded.set_exception(error)
        else:
            waiting.recorded.set_result(None if state is None else (state, failure))
