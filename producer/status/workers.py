"""Workers in the status: who they are, and what they are at, in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from producer.status.durations import spell
from shared.contracts.workers import Activity, WorkerState

MOST_WORKERS: Final = 50
"""How many workers the table shows, lost ones first; JSON holds all of them."""


def print_workers(workers: Sequence[WorkerState], now: datetime, console: Console) -> None:
    """Print a line for each worker; without any, nothing."""
    if not workers:
        return
    table = Table("worker", "host", "version", "since", "is", box=None, pad_edge=False)
    shown = sorted(workers, key=lambda worker: not worker.is_lost(now))[:MOST_WORKERS]
    for worker in shown:
        table.add_row(
            Text(worker.name),
            Text(f"{worker.host}:{worker.pid}"),
            Text(worker.version),
            f"{worker.started_at:%Y-%m-%d %H:%M}",
            Text(at_work(worker, now), "red" if worker.is_lost(now) else "default"),
        )
    console.print()
    console.print(table)
    if len(workers) > len(shown):
        console.print(f"… and {len(workers) - len(shown):,} more workers; --json shows them")


def at_work(worker: WorkerState, now: datetime) -> str:
    """Return what a worker is at, as words."""
    if worker.is_lost(now):
        return f"lost: it said nothing for {spell((now - worker.seen_at).total_seconds())}"
    pictures = f", {worker.pictures:,} pictures so far" if worker.pictures else ""
    match worker.activity:
        case Activity.LOADING:
            return f"loading its networks, for {_for(worker, now)}"
        case Activity.WAITING:
            return f"waiting for its store or decoders, for {_for(worker, now)}{pictures}"
        case Activity.WORKING:
            batch = "" if worker.batch_id is None else f" of batch {worker.batch_id}"
            return f"working on {worker.jobs or 0:,} jobs{batch}{pictures}"
        case Activity.IDLE:
            return (
                f"idle{pictures}" if worker.loaded else "idle; its networks load with the first job"
            )


def _for(worker: WorkerState, now: datetime) -> str:
    return spell(max(0.0, (now - worker.since).total_seconds()))
