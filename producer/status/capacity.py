"""Capacity: what a night of so many pictures takes, from what one picture costs.

The costs of one picture are measured, and ``docs/capacity.md`` names the command for each; the rest
is arithmetic. Prices are the reader's own.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

PUTS: Final = 2
"""How many objects a picture leaves in the store, at most: cut-outs of the piece and the outfit."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one picture costs each part.

    ``pictures_per_s`` is one worker's pace, ``enqueued_per_s`` one producer's. Of the database,
    ``database_ms`` is processor time for enqueuing, dispatching, claiming and recording together,
    and ``row_bytes`` what a product with one picture and its job fills, indexes included.
    ``notification_bytes`` is the memory of one message that waits.
    """

    pictures_per_s: float
    picture_bytes: float
    stored_bytes: float
    enqueued_per_s: float = 5_500.0
    database_ms: float = 1.5
    row_bytes: float = 2_645.0
    notification_bytes: float = 2_060.0


@dataclass(frozen=True, slots=True)
class Prices:
    """What is paid, in any one currency."""

    worker_hour: float
    thousand_puts: float
    stored_gb_month: float


@dataclass(frozen=True, slots=True)
class Workload:
    """The work, and the time for it; ``spare`` is the part of each worker's time left unplanned."""

    pictures: int
    hours: float
    spare: float
    chunk_size: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the night takes. Rates are pictures, messages or bytes a second; sizes are bytes."""

    pictures_per_s: float
    workers: int
    worker_hours: float
    enqueue_s: float
    notifications: int
    notifications_per_s: float
    broker_bytes: float
    database_cores: float
    database_bytes: float
    fetched_bytes_per_s: float
    puts_per_s: float
    stored_bytes: float
    price_of_workers: float
    price_of_puts: float
    price_of_storage_a_month: float

    @property
    def price(self) -> float:
        """What the night costs, storage not counted."""
        return self.price_of_workers + self.price_of_puts


def plan(night: Workload, costs: Costs, prices: Prices, max_queue_depth: int) -> Capacity:
    """Work out what a night takes; at most ``max_queue_depth`` notifications wait at a time.

    >>> costs = Costs(5, 300_000, 100_000, enqueued_per_s=10_000)
    >>> capacity = plan(Workload(1_000_000, 8, 0.2, 32), costs, Prices(0.1, 0.005, 0.02), 10_000)
    >>> capacity.workers, capacity.notifications, capacity.enqueue_s
    (9, 31250, 100.0)
    """
    per_s = night.pictures / (night.hours * 3600)
    # The tolerance is for the rounding of the division alone.
    workers = ceil(per_s / (costs.pictures_per_s * (1 - night.spare)) - 1e-9)
    worker_hours = night.pictures / costs.pictures_per_s / 3600
    notifications = ceil(night.pictures / night.chunk_size)
    stored = night.pictures * costs.stored_bytes
    return Capacity(
        pictures_per_s=per_s,
        workers=workers,
        worker_hours=worker_hours,
        enqueue_s=night.pictures / costs.enqueued_per_s,
        notifications=notifications,
        notifications_per_s=per_s / night.chunk_size,
        broker_bytes=min(notifications, max_queue_depth) * costs.notification_bytes,
        database_cores=per_s * costs.database_ms / 1000,
        database_bytes=night.pictures * costs.row_bytes,
        fetched_bytes_per_s=per_s * costs.picture_bytes,
        puts_per_s=per_s * PUTS,
        stored_bytes=stored,
        price_of_workers=workers * night.hours * prices.worker_hour,
        price_of_puts=night.pictures * PUTS / 1000 * prices.thousand_puts,
        price_of_storage_a_month=stored / 1e9 * prices.stored_gb_month,
    )
