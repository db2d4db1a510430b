"""All scenarios, in the order in which they run."""

from tests.chaos.faults import (
    broker,
    bucket_events,
    feed,
    kills,
    picture,
    postgres,
    s3_away,
    storage,
    upload,
    worker,
)
from tests.chaos.scenario import SCENARIOS

__all__ = [
    "SCENARIOS",
    "broker",
    "bucket_events",
    "feed",
    "kills",
    "picture",
    "postgres",
    "s3_away",
    "storage",
    "upload",
    "worker",
]
