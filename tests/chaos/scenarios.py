"""All scenarios, in the order in which they run."""

from tests.chaos.faults import (
    broker,
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
    "feed",
    "kills",
    "picture",
    "postgres",
    "s3_away",
    "storage",
    "upload",
    "worker",
]
