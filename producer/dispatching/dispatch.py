"""Dispatching what was enqueued, where the broker can be reached."""

from collections.abc import Iterable
from dataclasses import dataclass

from celery import Celery
from celery.exceptions import OperationalError
from sqlalchemy import Engine

from shared.contracts.jobs import Queue
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import build_app, sweep
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Dispatched:
    """How many jobs were dispatched; ``failure`` says why the broker could not be reached."""

    jobs: int
    failure: str | None = None


def try_dispatch(
    engine: Engine,
    settings: Settings,
    broker: Celery | None = None,
    queues: Iterable[Queue] = tuple(Queue),
) -> Dispatched:
    """Sweep the ledger once. An unreachable broker is not an error: the next sweep dispatches.

    In embedded mode nothing is dispatched: a Redis that happens to run here is not ours.

    ``broker`` is the Celery application to publish through, for callers that do so repeatedly;
    ``queues`` are those to publish to.
    """
    if settings.embedded:
        return Dispatched(0)
    try:
        through = broker or build_app(settings)
        return Dispatched(sweep(Ledger(engine, settings), settings, through, queues))
    except OperationalError as error:
        return Dispatched(0, str(error))
