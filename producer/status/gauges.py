"""What the ledger and the broker know, as metrics: asked when they are scraped, and not too often.

Each question is cheap however long the tables are: jobs are counted by the stored counts, and what
waits is looked up by the indexes of open jobs.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any, Final

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Select, and_, case, func, select, text

from producer.status.worker_gauges import worker_gauges
from shared.contracts.jobs import JobState, Queue, Trigger
from shared.database.engine import open_engine, reading
from shared.database.models import OPEN, Batch, HostBackoff, Job, JobCount, utc_now
from shared.database.session import in_haste
from shared.ledger.workers import read_workers
from shared.redaction import redact
from shared.settings import Settings

EVERY_S: Final = 10.0
"""The ledger is asked once in so long, however many scrape."""

QUERY_LIMIT_S: Final = 5
"""A question that PostgreSQL has not answered by then is given up."""

MOST_LOOKED_AT: Final = 10_000
"""So many open uploads, and jobs that were attempted before, are looked at; the longest waiting of
more than that are among them."""

UNKNOWN: Final = "unknown"
"""The queue of jobs whose batch was deleted."""

Columns = tuple[Any, ...]

log = structlog.get_logger(__name__)


class LedgerGauges(Collector):
    """Metrics of the ledger and of the broker's queues.

    Args:
        settings: of the database.
        queue_depths: how many notifications wait at the broker, by queue.
        every_s: for how long an answer stands.
    """

    def __init__(
        self,
        settings: Settings,
        queue_depths: Callable[[], Mapping[Queue, int]],
        every_s: float = EVERY_S,
    ) -> None:
        self._settings = in_haste(settings)
        self._queue_depths = queue_depths
        self._every_s = every_s
        self._lock = Lock()
        self._asked_at = float("-inf")
        self._answer: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        """See :class:`prometheus_client.registry.Collector`."""
        with self._lock:
            if monotonic() - self._asked_at >= self._every_s:
                self._answer = [
                    *self._ask("ledger", self._ledger),
                    *self._ask("broker", self._broker),
                ]
                self._asked_at = monotonic()
            return self._answer

    def _ask(self, what: str, ask: Callable[[], list[Metric]]) -> list[Metric]:
        """Ask, and say besides whether there was an answer: others are left out without one."""
        try:
            found, answers = ask(), True
        except Exception as error:  # noqa: BLE001  # whatever it is, there are no figures
            log.warning("no figures", of=what, reason=redact(str(error)).partition("\n")[0])
            found, answers = [], False
        return [
            GaugeMetricFamily(
                f"colourway_{what}_up", f"Whether the {what} answered (1) or not (0).", answers
            ),
            *found,
        ]

    def _ledger(self) -> list[Metric]:
        engine = open_engine(self._settings.database_url)
        try:
            with reading(engine).begin() as connection:
                if connection.dialect.name == "postgresql":
                    limit_ms = QUERY_LIMIT_S * 1000
                    connection.execute(text(f"SET LOCAL statement_timeout = {limit_ms}"))
                now = utc_now()
                metrics = [_jobs(connection), _oldest_due(connection, now), _hosts(connection, now)]
            return [*metrics, *worker_gauges(read_workers(engine, now), now)]
        finally:
            engine.dispose()  # a connection that is kept would be inherited by children

    def _broker(self) -> list[Metric]:
        waiting = GaugeMetricFamily(
            "colourway_notifications_waiting",
            "Notifications that wait at the broker for a worker.",
            labels=["queue"],
        )
        for queue, notifications in self._queue_depths().items():
            waiting.add_metric([queue.value], notifications)
        return [waiting]


def _jobs(connection: Connection) -> Metric:
    counted: dict[tuple[str, str], float] = {
        (queue.value, state.value): 0 for queue in Queue for state in JobState
    }
    query = (
        select(Batch.trigger, JobCount.state, func.sum(JobCount.jobs))
        .select_from(JobCount)
        .outerjoin(Batch, Batch.id == JobCount.batch_id)
        .group_by(Batch.trigger, JobCount.state)
    )
    for trigger, state, jobs in connection.execute(query):
        key = (_queue_of(trigger), state.value)
        counted[key] = counted.get(key, 0) + float(jobs)
    family = GaugeMetricFamily(
        "colourway_jobs", "Jobs in the ledger, by queue and state.", labels=["queue", "state"]
    )
    for labels, jobs in counted.items():
        family.add_metric(labels, jobs)
    return family


def _oldest_due(connection: Connection, now: datetime) -> Metric:
    """How long the job has waited that could be worked on for the longest time, by queue."""
    since: dict[str, datetime] = {}
    for query in (_waiting_batches(), _waiting_uploads(), _waiting_again(now)):
        for queue, at in connection.execute(query):
            key = _queue_of(queue) if isinstance(queue, Trigger | None) else queue.value
            if at is not None:
                since[key] = min(at, since.get(key, at))
    family = GaugeMetricFamily(
        "colourway_oldest_due_job_age_seconds",
        "How long the job has waited that could be worked on for the longest time; 0 without one.",
        labels=["queue"],
    )
    for queue in Queue:
        waited = (now - since[queue.value]).total_seconds() if queue.value in since else 0.0
        family.add_metric([queue.value], max(0.0, waited))
    return family


def _waiting_batches() -> Select[*Columns]:
    """The oldest batch with pending jobs, by trigger; one of uploads lasts a whole day."""
    pending = (
        select(JobCount.batch_id)
        .where(JobCount.state == JobState.PENDING)
        .group_by(JobCount.batch_id)
        .having(func.sum(JobCount.jobs) > 0)
    )
    return (
        select(Batch.trigger, func.min(Batch.created_at))
        .where(Batch.id.in_(pending), Batch.trigger != Trigger.UPLOAD)
        .group_by(Batch.trigger)
    )


def _waiting_uploads() -> Select[*Columns]:
    """The oldest pending upload."""
    first = (
        select(Job.queue, Job.state, Job.created_at)
        .where(OPEN, Job.queue == Queue.UPLOADS)
        .order_by(Job.queue, Job.dispatched_at, Job.id)  # as in the index
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    return (
        select(first.c.queue, func.min(first.c.created_at))
        .where(first.c.state == JobState.PENDING)
        .group_by(first.c.queue)
    )


def _waiting_again(now: datetime) -> Select[*Columns]:
    """The job that may be attempted again, or whose lease has run out, for the longest time."""
    due_at = case((Job.state == JobState.LEASED, Job.lease_until), else_=Job.next_attempt_at)
    first = (
        select(Job.queue, due_at.label("due_at"))
        .where(OPEN, Job.attempts > 0)
        .order_by(Job.attempts, Job.id)  # as in the index
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    return (
        select(first.c.queue, func.min(first.c.due_at))
        .where(and_(first.c.due_at.is_not(None), first.c.due_at <= now))
        .group_by(first.c.queue)
    )


def _hosts(connection: Connection, now: datetime) -> Metric:
    query = select(func.count()).select_from(HostBackoff).where(HostBackoff.ends_at > now)
    return GaugeMetricFamily(
        "colourway_hosts_in_backoff",
        "Hosts from which nothing is fetched for now.",
        connection.scalar(query) or 0,
    )


def _queue_of(trigger: Trigger | None) -> str:
    return UNKNOWN if trigger is None else trigger.queue.value
