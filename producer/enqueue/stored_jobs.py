"""Jobs and their batches, as an enqueue adds and supersedes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from shared.contracts.jobs import JobState, Queue, Staging, Trigger
from shared.database.bulk_insert import insert_rows
from shared.database.engine import among
from shared.database.models import Batch, Job
from shared.ledger.claims import close_superseded
from shared.tracing.spans import carry_on


@dataclass(frozen=True, slots=True)
class StoredJobs:
    """The jobs and batches of a catalogue within a transaction."""

    connection: Connection
    catalogue_id: int | None

    def add_batch(
        self, trigger: Trigger, source: str | None, now: datetime, *, staged: bool = False
    ) -> int:
        """Insert a batch, staged or not; return its id."""
        values = {
            Batch.catalogue_id: self.catalogue_id,
            Batch.trigger: trigger,
            Batch.source: source,
            Batch.staging: Staging.STAGED if staged else None,
            Batch.created_at: now,
        }
        made = self.connection.scalars(insert(Batch).values(values).returning(Batch.id))
        return made.one()

    def add(
        self,
        pictures: Mapping[int, int],
        batch_id: int,
        queue: Queue,
        now: datetime,
        *,
        staged: bool = False,
        dispatched: bool = False,
    ) -> list[int]:
        """Insert a job for each picture, given with its present generation; return their ids.

        ``staged`` says whether the batch is; ``dispatched`` whether the jobs are published once
        they are committed.
        """
        if not pictures:
            return []
        ids = sorted(pictures)
        columns = {"image_id": ids, "generation": [pictures[key] for key in ids]}
        # By their names in the database: see shared.database.renamed.
        same: dict[str, Any] = {
            "batch_id": batch_id,
            "queue": queue,
            "held": staged,
            "created_at": now,
        }
        if dispatched:
            same["rung_at"] = now
        if (carried := carry_on(len(ids))) is not None:
            same["trace"] = carried
        return insert_rows(self.connection, Job, columns, same)


def supersede_waiting(connection: Connection, image_ids: Sequence[int], now: datetime) -> None:
    """Close the waiting jobs of pictures that were replaced.

    A leased job is closed by the fence when its worker records it.
    """
    waiting = select(Job.id).where(
        among(connection, Job.image_id, image_ids),
        Job.state.in_([JobState.PENDING, JobState.RETRY]),
    )
    close_superseded(connection, list(connection.scalars(waiting)), now)
