"""Jobs: what is to be done with one picture, why, and who holds it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.contracts.fingerprint import SourceFingerprint

LARGEST_ID: Final = 2**63 - 1
"""The largest row id that both databases can hold."""

LONGEST_NAME: Final = 200
"""The most characters of a sku or of a catalogue's name: an index must hold them."""


class Queue(StrEnum):
    """Where a job's doorbells wait, those first that are served first."""

    UPLOADS = "uploads"
    NIGHTLY = "nightly"
    BACKFILL = "backfill"


class Trigger(StrEnum):
    """What made somebody enqueue a batch."""

    NIGHTLY = "nightly"
    BACKFILL = "backfill"
    UPLOAD = "upload"
    MANUAL = "manual"

    @property
    def queue(self) -> Queue:
        """Where doorbells for such a batch wait: a feed by hand goes with the nightly ones."""
        if self is Trigger.UPLOAD:
            return Queue.UPLOADS
        return Queue.BACKFILL if self is Trigger.BACKFILL else Queue.NIGHTLY


class JobState(StrEnum):
    """Where a job stands in the ledger."""

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


class Hold(StrEnum):
    """Where a held batch stands: its results wait as drafts until somebody promotes them.

    While it is being promoted or rolled back, only part of it may be; either can be run again.
    """

    HELD = "held"
    PROMOTING = "promoting"
    PROMOTED = "promoted"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker holds for one job while its lease lasts.

    ``attempts`` counts this attempt too. ``lease_token`` and ``generation`` are the fence: the
    ledger writes a result only where both still fit. ``held_batch`` is the job's batch where that
    is held: the result then becomes a draft. ``known`` is there for a recheck alone: a picture that
    is still the one that was seen has its outcome already.
    """

    job_id: int
    image_id: int
    product_id: int
    catalogue: str
    sku: str
    url: str
    position: int
    category: str | None
    generation: int
    attempts: int
    lease_token: str
    staged_batch: int | None = None
    known: SourceFingerprint | None = None
