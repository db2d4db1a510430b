"""Workers as metrics: what they are at, and who they are."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from shared.contracts.workers import Activity, WorkerState

LOST: Final = "lost"


def worker_gauges(workers: Sequence[WorkerState], now: datetime) -> list[Metric]:
    """Return how many workers there are of each state, and a line for each that is not lost."""
    counted = Counter(LOST if one.is_lost(now) else one.activity.value for one in workers)
    count = GaugeMetricFamily(
        "colourway_workers",
        "Workers that have announced themselves, by what they are at; lost ones for a day.",
        labels=["state"],
    )
    for state in (*Activity, LOST):
        count.add_metric([str(state)], counted[str(state)])
    who = GaugeMetricFamily(
        "colourway_worker_info",
        "Each worker that lives, and its version; always 1.",
        labels=["worker", "host", "version"],
    )
    for key in {(one.name, one.host, one.version) for one in workers if not one.is_lost(now)}:
        who.add_metric(key, 1)
    return [count, who]
