"""Workers in the ledger's database: each keeps a row of its own, and whoever asks reads all."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, delete, select

from shared.contracts.workers import FORGOTTEN_AFTER, WorkerState
from shared.database.engine import reading
from shared.database.upsert import upsert
from shared.database.worker_row import RunningWorker

_KEY: Final = ("host", "pid")
_COLUMNS: Final = [getattr(RunningWorker, field.name) for field in fields(WorkerState)]


def announce(engine: Engine, worker: WorkerState) -> None:
    """Write what a worker says of itself; forget those that were lost long ago."""
    values = asdict(worker)
    with engine.begin() as connection:
        statement = upsert(connection, RunningWorker).values(**values)
        changed = {name: value for name, value in values.items() if name not in _KEY}
        connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changed))
        long_ago = worker.seen_at - FORGOTTEN_AFTER
        connection.execute(delete(RunningWorker).where(RunningWorker.seen_at < long_ago))


def take_leave(engine: Engine, host: str, pid: int) -> None:
    """Remove the row of a worker that ends in order."""
    own = (RunningWorker.host == host, RunningWorker.pid == pid)
    with engine.begin() as connection:
        connection.execute(delete(RunningWorker).where(*own))


def read_workers(engine: Engine, now: datetime) -> list[WorkerState]:
    """Return all workers, by name; those that were lost long ago left out."""
    query = (
        select(*_COLUMNS)
        .where(RunningWorker.seen_at >= now - FORGOTTEN_AFTER)
        .order_by(RunningWorker.name, RunningWorker.host, RunningWorker.pid)
    )
    with reading(engine).begin() as connection:
        return [WorkerState(*row) for row in connection.execute(query)]
