"""All scenarios, in the order in which they run."""

from tests.chaos import (
    broker_faults,
    feed_faults,
    kills,
    picture_faults,
    postgres_faults,
    storage_faults,
    upload_faults,
    worker_faults,
)
from tests.chaos.scenario import SCENARIOS

__all__ = [
    "SCENARIOS",
    "broker_faults",
    "feed_faults",
    "kills",
    "picture_faults",
    "postgres_faults",
    "storage_faults",
    "upload_faults",
    "worker_faults",
]
