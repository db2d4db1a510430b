"""Dispatching: publishing notifications for the jobs that are due.

One function is outbox, retry timer and sweeper: the producer calls it after enqueuing, and beat has
it called every few seconds. A notification that got lost is published again; one too many does no
harm.
"""

from collections.abc import Callable
from typing import Final

from shared.contracts.jobs import Queue
from shared.ledger.ledger import Ledger
from shared.queue.message import Notification

MAX_QUEUE_DEPTH: Final = 10_000
"""How many notifications may wait in one queue. More would only fill the broker's memory: the
ledger keeps the rest, and the next sweep dispatches them. A full queue takes no room from the
others."""

PAGE: Final = 1000
"""How many jobs are read from the ledger at a time, roughly."""


def dispatch_due(
    ledger: Ledger,
    publish: Callable[[Notification], None],
    chunk_size: int,
    *,
    queue: Queue | None = None,
    most: int = MAX_QUEUE_DEPTH,
) -> int:
    """Dispatch every job, of one queue or of all, that is due and was not dispatched lately.

    Jobs at their first attempt share notifications, ``chunk_size`` to each. A job that was
    attempted before may kill its worker, so it gets a notification of its own; such jobs use at
    most half of ``most``, the number of notifications that this sweep may publish.

    Jobs are marked before their notification is published: a worker may receive it at once, and
    must find them neither locked by the mark nor marked after it has recorded them. A crash in
    between costs one ``redispatch_after_s``.

    Returns how many jobs were dispatched. Whatever ``publish`` raises ends the sweep; jobs that
    were dispatched until then stay marked, the others are due at the next.
    """
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
    """Publish up to ``most`` notifications of ``size`` jobs; return how many jobs they name."""
    jobs = 0
    while most > 0:
        wanted = size * min(most, max(1, PAGE // size))
        due = ledger.due(wanted, suspects, queue)
        chunks = [due[start : start + size] for start in range(0, len(due), size)]
        ledger.mark_dispatched(due)
        unpublished = list(due)
        try:
            for chunk in chunks:
                publish(Notification(tuple(chunk)))
                unpublished = unpublished[len(chunk) :]
        finally:
            ledger.unmark_dispatched(unpublished)
        jobs += len(due)
        most -= len(chunks)
        if len(due) < wanted:
            break
    return jobs
