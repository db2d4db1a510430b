"""Status: how many jobs of each batch are in which state, for people and for programs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine, func, select

from producer.status.workers import print_workers
from shared.cli.console import safe_console
from shared.contracts.jobs import FINAL_STATES, JobState
from shared.contracts.stages import Code
from shared.contracts.workers import WorkerState
from shared.database.engine import reading
from shared.database.models import Batch, Catalogue, utc_now
from shared.ledger.counts import count_products
from shared.ledger.ledger import Ledger, Tally
from shared.ledger.workers import read_workers
from shared.settings import Settings

MOST_BATCHES: Final = 20
"""How many batches the table shows, the newest; JSON holds all of them."""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far some jobs are: ``done`` have their outcome, ``failed`` have none, ``left`` are open.

    That the picture shows nobody is an outcome. Jobs whose picture was replaced are none of these.
    """

    jobs: int = 0
    done: int = 0
    failed: int = 0
    left: int = 0

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> "JobProgress":
        """Sum up some tallies."""
        jobs = done = failed = left = 0
        for tally in tallies:
            jobs += tally.jobs
            if tally.state not in FINAL_STATES:
                left += tally.jobs
            elif tally.state in (JobState.DONE, JobState.NO_PERSON):
                done += tally.jobs
            elif tally.code is not Code.SUPERSEDED:
                failed += tally.jobs
        return cls(jobs, done, failed, left)


class Origin(NamedTuple):
    """Where a batch came from; of a staged one, how far it is: ``staged``, ``promoted`` …"""

    catalogue: str | None
    trigger: str
    source: str | None
    created_at: str
    staging: str | None = None


@dataclass(frozen=True, slots=True)
class CatalogueStatus:
    """How many products a catalogue has, and how many of them have colours."""

    name: str
    products: int
    enriched: int


@dataclass(frozen=True, slots=True)
class Status:
    """All that `colourway status` shows.

    ``busy_workers`` counts leases that still run, one for each chunk that a worker has claimed. An
    idle worker has none, and a dead worker's lease counts until it ends.
    """

    catalogues: Sequence[CatalogueStatus]
    tallies: Sequence[Tally]
    origins: dict[int, Origin]
    busy_workers: int = 0
    workers: Sequence[WorkerState] = ()
    asked_at: datetime = field(default_factory=utc_now)

    def by_batch(self) -> dict[int | None, list[Tally]]:
        """Return the tallies of each batch, the newest batch first."""
        found: dict[int | None, list[Tally]] = {}
        for tally in sorted(self.tallies, key=lambda tally: -(tally.batch_id or 0)):
            found.setdefault(tally.batch_id, []).append(tally)
        return found

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            **_totals(self.tallies),
            "busy_workers": self.busy_workers,
            "workers": [worker.as_json(self.asked_at) for worker in self.workers],
            "catalogues": [
                {"name": each.name, "products": each.products, "enriched": each.enriched}
                for each in self.catalogues
            ],
            "batches": [
                {
                    "id": batch_id,
                    **(self.origins[batch_id]._asdict() if batch_id in self.origins else {}),
                    **_totals(tallies),
                }
                for batch_id, tallies in self.by_batch().items()
            ],
        }


def read_status(engine: Engine, settings: Settings, batch_id: int | None = None) -> Status:
    """Count jobs and products, of one batch or of all."""
    ledger, now = Ledger(engine, settings), utc_now()
    tallies = ledger.status(batch_id)
    batches = {tally.batch_id for tally in tallies if tally.batch_id is not None}
    with reading(engine).begin() as connection:
        origins = connection.execute(
            select(
                *(Batch.id, Catalogue.name, Batch.trigger, Batch.source, Batch.created_at),
                Batch.staging.label("staging"),
            )
            .outerjoin(Catalogue, Catalogue.id == Batch.catalogue_id)
            .where(Batch.id == batch_id if batch_id is not None else Batch.id.is_not(None))
        ).all()
        counted = count_products().subquery()
        catalogues = connection.execute(
            select(
                Catalogue.name,
                func.coalesce(counted.c.products, 0),
                func.coalesce(counted.c.enriched, 0),
            )
            .outerjoin(counted, counted.c.catalogue_id == Catalogue.id)
            .order_by(Catalogue.name)
        ).all()
    return Status(
        catalogues=[CatalogueStatus(*row) for row in catalogues],
        tallies=tallies,
        origins={
            row.id: Origin(
                *(row.name, row.trigger.value, row.source, row.created_at.isoformat()),
                staging=None if row.staging is None else row.staging.name.lower(),
            )
            for row in origins
            if row.id in batches
        },
        busy_workers=ledger.busy_workers(),
        workers=read_workers(engine, now),
        asked_at=now,
    )


def print_table(status: Status, console: Console | None = None, *, embedded: bool = False) -> None:
    """Print the status for people, to standard output without another console.

    ``embedded`` says that `colourway run` does the work, not workers.
    """
    console = console or safe_console()
    if not status.catalogues:
        begin = "run" if embedded else "enqueue"
        console.print(f"The ledger is empty; begin with `colourway {begin} FEED`.")
        return
    catalogues = Table("catalogue", "products", "enriched", box=None, pad_edge=False)
    _align_right(catalogues, 1, 2)
    for each in status.catalogues:
        catalogues.add_row(Text(each.name), f"{each.products:,}", f"{each.enriched:,}")
    console.print(catalogues)
    batches = status.by_batch()
    shown = list(batches.items())[:MOST_BATCHES]
    table = Table("batch", "from", "jobs", "state", "code", box=None, pad_edge=False)
    _align_right(table, 0, 2)
    for batch_id, tallies in shown:
        for row, tally in enumerate(tallies):
            table.add_row(
                str(batch_id or "none") if row == 0 else "",
                Text(describe(status.origins.get(batch_id or 0)) if row == 0 else ""),
                f"{tally.jobs:,}",
                Text(tally.state.value, _STYLES[tally.state]),
                tally.code.value if tally.code not in (None, Code.OK) else "",
            )
    console.print()
    console.print(table)
    if len(batches) > len(shown):
        console.print(f"… and {len(batches) - len(shown):,} older batches; --json shows them")
    print_workers(status.workers, status.asked_at, console)
    progress = JobProgress.of(status.tallies)
    console.print(
        f"\n{progress.jobs:,} jobs, {progress.left:,} of them still to be done; "
        f"workers busy: {status.busy_workers:,}"
    )


_STYLES: Final = {
    JobState.DONE: "green",
    JobState.NO_PERSON: "cyan",
    JobState.FAILED: "red",
    JobState.QUARANTINED: "red",
    JobState.RETRY: "yellow",
    JobState.PENDING: "default",
    JobState.LEASED: "default",
}


def _totals(tallies: Sequence[Tally]) -> dict[str, Any]:
    states: dict[str, int] = {}
    codes: dict[str, int] = {}
    for tally in tallies:
        states[tally.state.value] = states.get(tally.state.value, 0) + tally.jobs
        if tally.code is not None:
            codes[tally.code.value] = codes.get(tally.code.value, 0) + tally.jobs
    progress = JobProgress.of(tallies)
    return {
        "jobs": progress.jobs,
        "open": progress.left,
        "done": progress.done,
        "failed": progress.failed,
        "left": progress.left,
        "states": states,
        "codes": codes,
    }


def describe(origin: Origin | None) -> str:
    """Return where a batch came from, in a line; empty for None."""
    if origin is None:
        return ""
    staging = origin.staging and origin.staging.replace("_", " ")
    words = (origin.catalogue, origin.source, origin.trigger, origin.created_at[:16], staging)
    return " · ".join(word for word in words if word)


def _align_right(table: Table, *columns: int) -> None:
    for column in columns:
        table.columns[column].justify = "right"
