"""Dispatching: for which jobs a doorbell must ring now.

One function is outbox, retry timer and sweeper: the producer calls it after enqueuing, beat has it
called every few seconds. A doorbell that got lost rings again, one too many does no harm.
"""

from collections.abc import Callable
from typing import Final

from shared.contracts.jobs import Queue
from shared.ledger.ledger import Ledger
from shared.queue.message import Notification

MAX_QUEUE_DEPTH: Final = 10_000
"""How many doorbells may wait in one queue. More would only fill the broker's memory: the ledger
keeps the rest, and the next sweep rings for them. A full queue takes no room from the others."""

PAGE: Final = 1000
"""For how many jobs the ledger is asked at a time, roughly."""


def dispatch_due(
    ledger: Ledger,
    publish: Callable[[Notification], None],
    chunk_size: int,
    *,
    queue: Queue | None = None,
    most: int = MAX_QUEUE_DEPTH,
) -> int:
    """Ring for every job, of one queue or of all, that is due and was not rung for lately.

    Jobs at their first attempt share doorbells, ``chunk_size`` to each. A job that was attempted
    before may kill its worker, so it gets a doorbell of its own; such jobs use at most half of
    ``most``, the number of doorbells that this sweep may ring.

    Jobs are marked before their doorbell rings: a worker may hear it at once, and must find them
    neither locked by the mark nor marked after it is done with them. A crash in between costs one
    ``redispatch_after_s``.

    The ledger's stored counts are folded on the way, since a sweep comes by every few seconds.

    Returns for how many jobs a doorbell rang. Whatever ``ring`` raises ends the sweep; jobs rung
    for until then stay marked, the others are due at the next.
    """
    ledger.fold_counts()
    alone = _publish_some(ledger, publish, 1, (most + 1) // 2, suspects=True, queue=queue)
    together = _publish_some(ledger, publish, chunk_size, most - alone, suspects=False, queue=queue)
    return alone + together


def _publish_some(
    ledger: Ledger,
    publish: Callable[[Notification], None],
    size: int,
    most: int,
    *,
    suspects: bool,
    queue: Queue | None,
) -> int:
    """Ring up to ``most`` doorbells of ``size`` jobs; return for how many jobs."""
    jobs = 0
    while most > 0:
        wanted = size * min(most, max(1, PAGE // size))
        due = ledger.due(wanted, suspects, queue)
        chunks = [due[start : start + size] for start in range(0, len(due), size)]
        ledger.mark_dispatched(due)
        silent = list(due)
        try:
            for chunk in chunks:
                publish(Notification(tuple(chunk)))
                silent = silent[len(chunk) :]
        finally:
            ledger.unmark_dispatched(silent)
        jobs += len(due)
        most -= len(chunks)
        if len(due) < wanted:
            break
    return jobs
