"""Comparisons of staged batches with what is there: made once, in a thread, and kept for a while.

A batch of a million products takes minutes to compare, longer than anybody waits for a page.
"""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from threading import Lock
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from producer.staged.batch import StagedBatch
from producer.staged.diff import Diff, DiffSelection, diff
from shared.database.models import Batch, StagedResult
from shared.errors import ColourwayError
from shared.ledger.ledger import Ledger, Tally
from shared.settings import Settings

EXAMPLES: Final = 12
"""How many products of each kind of change are shown."""

KEPT: Final = 8
"""How many comparisons are kept, those that were asked for last."""

WAIT_S: Final = 1.0
"""How long a page waits for a comparison before it says that one is being made."""


class ServiceStops(ColourwayError):
    """The service stops."""


@dataclass(slots=True)
class BatchComparison:
    """One that is being made; ``seen`` products are compared so far."""

    future: Future[Diff]
    seen: int = 0

    def found(self) -> Diff | None:
        """Return the diff; None where it takes longer than a moment. Raises what went wrong."""
        try:
            return self.future.result(WAIT_S)
        except NotYet:
            return None


class BatchComparisons:
    """Those of one process."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="comparison")
        self._lock = Lock()
        self._kept: OrderedDict[tuple[object, ...], BatchComparison] = OrderedDict()
        self._stops = False

    def of(self, engine: Engine, settings: Settings, batch: StagedBatch) -> BatchComparison:
        """Return the comparison of a batch as it stands, begun now where there is none yet."""
        tallies = Ledger(engine, settings).status(batch.id)
        key = (batch.id, batch.staging, *map(_state, tallies))
        with self._lock:
            found = self._kept.get(key)
            if found is None or (found.future.done() and found.future.exception() is not None):
                found = BatchComparison(Future())
                self._kept[key] = found
                self._pool.submit(self._make, engine, settings, batch, found)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def stop(self) -> None:
        """Let each end at its next step."""
        self._stops = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make(
        self, engine: Engine, settings: Settings, batch: StagedBatch, made: BatchComparison
    ) -> None:
        def see(seen: int) -> None:
            made.seen = seen
            if self._stops:
                raise ServiceStops("the service stops")

        try:
            wanted = DiffSelection(examples=EXAMPLES)
            made.future.set_result(diff(engine, settings, batch, wanted, see))
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            made.future.set_exception(error)


def staged_batches(session: Session) -> Sequence[Batch]:
    """Return the batches that are staged, or were, the newest first."""
    query = select(Batch).where(Batch.staging.is_not(None)).order_by(Batch.id.desc()).limit(200)
    return session.scalars(query).all()


def has_staged_results(session: Session, batch_id: int) -> bool:
    """Return whether a batch has any staged result."""
    query = select(StagedResult.product_id).where(StagedResult.batch_id == batch_id).limit(1)
    return session.scalar(query) is not None


def _state(tally: Tally) -> tuple[object, ...]:
    return tally.state, tally.code, tally.jobs
