"""Metrics of a worker: its parent serves what its child counts, and counts the child's deaths."""

import atexit
import os
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from celery import bootsteps

from shared.database.session import ask_ledger
from shared.metrics.counting import child_died
from shared.metrics.exit_names import name_of_exit
from shared.metrics.serving import metrics_served
from shared.queue.celery_app import queue_depths
from shared.settings import get_settings

if TYPE_CHECKING:
    from shared.metrics.processes import ProcessMetrics

RECYCLED: Final = 0x9B
"""Billiard's exit code of a child that may do no more, such as one that took too much memory."""


class MetricsStep(bootsteps.StartStopStep):
    """What Celery's parent process does with metrics: it begins before the first child is forked.

    It ends with the process itself: until then children may count.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        settings = get_settings()
        checks = {"database": partial(ask_ledger, settings), "broker": queue_depths}
        serving = ExitStack()
        self._metrics = serving.enter_context(
            metrics_served(settings, "worker", checks, has_children=True)
        )
        atexit.register(_end, serving, os.getpid())

    def register_with_event_loop(self, parent: Any, hub: Any) -> None:
        """Hear of each child that ends; called anew whenever the broker was lost."""
        if self._metrics is not None:
            # Soon: the pool, whose turn is after this step's, makes a listener of its own first.
            hub.call_soon(_watch, parent.pool._pool, self._metrics)


def cause_of_death(exit_code: int) -> str:
    """Return the name of the signal that ended a process, or ``exit_`` and its own exit code.

    One that took more memory than it may between two notifications was ``recycled``.
    """
    return "recycled" if exit_code == RECYCLED else name_of_exit(exit_code)


def _watch(pool: Any, metrics: "ProcessMetrics") -> None:
    """Listen to a pool of Celery's, which has no signal for a child that has ended."""
    metrics.watch_child(lambda: next((process.pid for process in pool._pool), None))
    tell_pool = pool.on_process_down

    def on_process_down(process: Any) -> None:
        if process.exitcode:  # one that ends in order was asked to
            child_died(cause_of_death(process.exitcode))
        metrics.retire(process.pid)
        tell_pool(process)

    pool.on_process_down = on_process_down


def _end(serving: ExitStack, owner: int) -> None:
    if os.getpid() == owner:
        serving.close()
