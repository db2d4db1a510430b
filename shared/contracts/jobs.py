"""Jobs: what is to be done with one picture, why, and the claim by which a worker does it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from shared.contracts.fingerprint import SourceFingerprint

LARGEST_ID: Final = 2**63 - 1
"""The largest row id that both databases can hold."""

LONGEST_NAME: Final = 200
"""The most characters of a sku or of a catalogue's name: an index must hold them."""


class Queue(StrEnum):
    """Where notifications for a job wait, in the order in which queues are served."""

    UPLOADS = "uploads"
    NIGHTLY = "nightly"
    BACKFILL = "backfill"


class Trigger(StrEnum):
    """What caused a batch to be enqueued."""

    NIGHTLY = "nightly"
    BACKFILL = "backfill"
    UPLOAD = "upload"
    MANUAL = "manual"

    @property
    def queue(self) -> Queue:
        """The queue of such a batch; a manual enqueue shares the queue of nightly runs."""
        if self is Trigger.UPLOAD:
            return Queue.UPLOADS
        return Queue.BACKFILL if self is Trigger.BACKFILL else Queue.NIGHTLY


class JobState(StrEnum):
    """The state of a job in the ledger."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    NO_PERSON = "no_person"
    RETRY = "retry"
    FAILED = "failed"
    QUARANTINED = "quarantined"


FINAL_STATES: Final = frozenset(
    {JobState.DONE, JobState.NO_PERSON, JobState.FAILED, JobState.QUARANTINED}
)
"""The states that a job never leaves."""


class Staging(StrEnum):
    """How far a staged batch is; its results wait until the batch is promoted.

    A promotion or rollback that was cut short has done part of the batch; either can be run again.
    """

    STAGED = "held"  # the word that older workers read and write
    PROMOTING = "promoting"
    PROMOTED = "promoted"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Claim:
    """One job as a worker has leased it.

    ``attempts`` counts this attempt too. ``lease_token`` and ``generation`` are the fence: the
    ledger writes a result only where both still match. ``batch_id`` is the job's batch, and
    ``staged_batch`` too where that is staged: the result becomes a staged result. ``known`` is set
    for a recheck alone: a picture that still has this fingerprint keeps its outcome. ``category``
    and ``title`` are the product's words in the database at the time of the lease. A URL may be
    signed, and the token is what lets a worker write: a ``repr`` shows neither. ``trace`` is the
    span, as W3C's traceparent, that added the job within the last day.
    """

    job_id: int
    image_id: int
    product_id: int
    catalogue: str
    sku: str
    url: str = field(repr=False)
    position: int
    category: str | None
    generation: int
    attempts: int
    lease_token: str = field(repr=False)
    staged_batch: int | None = None
    known: SourceFingerprint | None = None
    title: str | None = None
    batch_id: int | None = None
    trace: str | None = None
