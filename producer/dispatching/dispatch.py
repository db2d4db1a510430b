"""Ringing for what was enqueued: the producer's side of the doorbell."""

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
    """For how many jobs a doorbell rang; ``failure`` says why the broker could not be reached."""

    jobs: int
    failure: str | None = None


def try_dispatch(
    engine: Engine,
    settings: Settings,
    broker: Celery | None = None,
    queues: Iterable[Queue] = tuple(Queue),
) -> Dispatched:
    """Sweep the ledger once. A broker that is away is no error: the next sweep rings instead.

    ``broker`` is the application to ring through, for those who ring more than once; ``queues``
    are those to ring in.
    """
    try:
        through = broker or build_app(settings)
        return Dispatched(sweep(Ledger(engine, settings), settings, through, queues))
    except OperationalError as error:
        return Dispatched(0, str(error))
