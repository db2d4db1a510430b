"""Renamed: tables and columns that keep their earlier name in the database until 0.2.

Code uses the new names. Until then workers of the last release, which run on during an upgrade, use
the earlier ones. With the columns the index ``ix_jobs_queue_to_ring`` will get another name.
"""

from typing import Final


def _note(in_code: str, next_name: str) -> str:
    return f"{in_code} in code; called {next_name} from 0.2 on"


NOTES: Final = {
    "batches.hold": _note("Batch.staging", "staging"),
    "drafts": _note("StagedResult", "staged_results"),
    "host_pauses": _note("HostBackoff", "host_backoffs"),
    "jobs.held": _note("Job.staged", "staged"),
    "jobs.rung_at": _note("Job.dispatched_at", "dispatched_at"),
    "product_images.seen": _note("ProductImage.fingerprint", "fingerprint"),
}
"""The comments that PostgreSQL shows of them, by ``table`` or ``table.column``."""
