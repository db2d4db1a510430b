"""Renamed: tables and columns that keep their earlier name in the database for now.

Code uses the new names. The database follows in the next release, and with it the index
``ix_jobs_queue_to_ring``: during an upgrade, workers of the last release still use the earlier
names. PostgreSQL shows the comments (``\\d+ jobs``).
"""

from typing import Final, NamedTuple


class RenamedInCode(NamedTuple):
    """What a table or a column is called in code, and will be called in the database."""

    in_code: str
    next_name: str

    @property
    def comment(self) -> str:
        """The comment that the database carries."""
        return f"{self.in_code} in code; called {self.next_name} from the next release on"


NAMES: Final = {
    "batches.hold": RenamedInCode("Batch.staging", "staging"),
    "drafts": RenamedInCode("StagedResult", "staged_results"),
    "host_pauses": RenamedInCode("HostBackoff", "host_backoffs"),
    "jobs.held": RenamedInCode("Job.staged", "staged"),
    "jobs.rung_at": RenamedInCode("Job.dispatched_at", "dispatched_at"),
    "product_images.seen": RenamedInCode("ProductImage.fingerprint", "fingerprint"),
}
"""By the name in the database: ``table`` or ``table.column``."""
