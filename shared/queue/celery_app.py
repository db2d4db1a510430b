"""The Celery application: how notifications travel, and every setting of it with its reason.

It imports neither side: the producer publishes by the task's name alone, the worker's tasks
register themselves (``worker.app``). ``celery -A shared.celery_app beat`` needs no worker.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final, cast

from celery import Celery
from celery.utils.nodenames import default_nodename, host_format
from kombu import Exchange
from kombu import Queue as BrokerQueue

from shared.contracts.jobs import Queue
from shared.ledger.ledger import Ledger
from shared.queue.celery_logs import own_celery_logs
from shared.queue.connection import NoBroker, PatientAmqp
from shared.queue.cron import nightly_entry
from shared.queue.dispatch import MAX_QUEUE_DEPTH, dispatch_due
from shared.queue.message import Notification
from shared.queue.refused import refused_queue
from shared.settings import DEFAULT_PREFIX, Settings, get_settings

PROCESS: Final = "colourway.process"
"""The task that a notification calls."""

DISPATCH: Final = "colourway.dispatch"
"""The task of sweeps."""

NIGHTLY: Final = "colourway.nightly"
"""The task of nightly runs, which a process of the producer executes (``producer.app``)."""

DISPATCH_EVERY_S: Final = 10.0
"""How often beat asks for a sweep of the ledger."""

BROKER_TIMEOUT_S: Final = 5
"""How long a command waits for a broker that does not answer."""

DELIVERY_LIMIT: Final = 10
"""How often RabbitMQ delivers one message before it drops it. The ledger dispatches its jobs again,
and counts attempts by itself."""

WORDS: Final = ("dispatch", *(queue.value for queue in Queue))
"""The queues by the names that users type (``--queues``, ``-Q``), in the order in which they are
served: sweeps, which are quick, before notifications."""


def node_name(name: str | None) -> str:
    """Return a process's name among others as Celery has it: ``name@host``, ``%h`` filled in."""
    return host_format(default_nodename(name or ""))


def queue_name(word: str, prefix: str = DEFAULT_PREFIX) -> str:
    """Return a queue's name at the broker; sorted, the names are in the order of ``WORDS``."""
    return f"{prefix}.{WORDS.index(word)}.{word}"


def producer_queue(settings: Settings) -> BrokerQueue:
    """Return where nightly runs wait. Workers, which do not know that task, do not consume it."""
    return _queue(f"{settings.queue_prefix}.producer", "producer", settings)


def _queue(name: str, word: str, settings: Settings) -> BrokerQueue:
    return BrokerQueue(
        name,
        Exchange(settings.queue_prefix, "direct"),
        # Its own name: a queue without a routing key would receive the others' messages too.
        routing_key=name,
        alias=word,
        # Only RabbitMQ reads them. Quorum queues survive a lost node, and count deliveries.
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT},
    )


def lease_limit_s(settings: Settings) -> float:
    """Return after how long a child is killed over the jobs that it has leased.

    Before the lease ends: what it did afterwards would be done twice.
    """
    return 0.9 * settings.lease_s


def notification_limit_s(settings: Settings) -> float:
    """Return after how long a child is killed over one notification.

    It may load its networks, claim jobs for as long as one lease, and work on the last ones for one
    lease more.
    """
    return settings.loading_limit_s + 2 * settings.lease_s


def build_app(settings: Settings, *, is_current: bool = False) -> Celery:
    """Make an application for the broker that the settings name; nothing is connected yet.

    In embedded mode nothing can be: whatever would connect raises SettingsError.
    """
    amqp = NoBroker if settings.embedded else PatientAmqp
    made = Celery("colourway", set_as_current=is_current, amqp=amqp)
    made.conf.update(
        broker_url=settings.broker_url,
        broker_transport_options=transport_options(settings),
        # Messages that are none of ours end no worker.
        worker_consumer="shared.queue.consumer:GuardedConsumer",
        # A worker waits for its broker for ever.
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        # Plain JSON: a message can neither run code nor depend on our version.
        task_serializer="json",
        accept_content=["json"],
        # Outcomes are in the ledger, so a result backend would hold nothing of use.
        result_backend=None,
        task_ignore_result=True,
        # A notification is acknowledged when its jobs are finished, not when it was received...
        task_acks_late=True,
        # ... nor when the process that received it was killed. The ledger counts attempts.
        task_reject_on_worker_lost=True,
        # A waiting notification goes to whichever worker is free first.
        worker_prefetch_multiplier=1,
        # One picture at a time uses every core or a whole GPU. In a child of its own, which can be
        # killed over a picture while the parent keeps its connection to the broker.
        worker_pool="prefork",
        worker_concurrency=1,
        # A child that is slow to start on a busy machine is not a dead one (4 s otherwise).
        worker_proc_alive_timeout=60,
        # The parent kills a child that is stuck in a notification. The kernel does so sooner for
        # leased jobs (worker.runtime.child): their limit must not include the loading.
        task_time_limit=notification_limit_s(settings),
        # A leak ends the child between two notifications, before it fails a picture.
        worker_max_memory_per_child=_three_quarters_in_kib(settings.max_memory_bytes),
        # A child that has leased jobs goes on when the connection is lost: its notification is
        # delivered again, and finds them leased or done.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # No worker_soft_shutdown_timeout: asked to end, a child stops by itself in a few seconds
        # (worker.runtime.child), and Celery's timeout would first wait, then ask.
        #
        # The parent answers RabbitMQ's heartbeats, however busy the child is; after twice this long
        # without one, either side takes the other for dead.
        broker_heartbeat=30,
        # Quorum queues have no prefetch limit for a whole channel, so a worker prefetches one
        # notification from each queue; those that come while it works are served in order.
        worker_detect_quorum_queues=True,
        # Celery declares queues for delayed tasks beside quorum queues. No task here is delayed (a
        # later time is a column), so these are of the kind that costs nothing.
        broker_native_delayed_delivery_queue_type="classic",
        task_queues=[
            _queue(queue_name(word, settings.queue_prefix), word, settings) for word in WORDS
        ],
        # Or a typing error in -Q would make a queue to which nothing is published.
        task_create_missing_queues=False,
        task_default_queue=queue_name(Queue.NIGHTLY, settings.queue_prefix),
        task_routes={
            DISPATCH: {"queue": "dispatch"},
            NIGHTLY: {"queue": producer_queue(settings)},
        },
        **_names_of_its_own(settings),
        beat_schedule={
            "dispatch": {
                "task": DISPATCH,
                "schedule": DISPATCH_EVERY_S,
                # While no worker runs, sweeps must not pile up. Longer than the period, so that
                # clocks may differ.
                "options": {"expires": 6 * DISPATCH_EVERY_S},
            },
            **nightly_entry(settings, NIGHTLY),
        },
        # In memory: sweeps are due every few seconds, and the ledger knows the last nightly run.
        beat_scheduler="celery.beat:Scheduler",
        timezone="UTC",
    )
    return made


def _names_of_its_own(settings: Settings) -> dict[str, str]:
    """Return Celery's own exchanges where several installations share a broker."""
    if settings.queue_prefix == DEFAULT_PREFIX:
        return {}
    control, events = control_names(settings)
    return {"control_exchange": control.removesuffix(".pidbox"), "event_exchange": events}


def control_names(settings: Settings) -> tuple[str, str]:
    """Return the exchanges of questions to workers, and of Celery's own events."""
    prefix = settings.queue_prefix
    if prefix == DEFAULT_PREFIX:
        return "celery.pidbox", "celeryev"
    return f"{prefix}.pidbox.pidbox", f"{prefix}.events"


def key_prefix(settings: Settings) -> str:
    """Return what stands before every key of Redis, kombu's own among them.

    Without it two installations would take each other's messages for lost.
    """
    prefix = settings.queue_prefix
    return "" if prefix == DEFAULT_PREFIX else f"{prefix}:"


def _three_quarters_in_kib(size: int | None) -> int | None:
    return None if size is None else size * 3 // 4 // 1024


def transport_options(settings: Settings) -> dict[str, Any]:
    """Return the transport options for the kind of broker."""
    kind = settings.broker_url.partition(":")[0]
    if kind in ("amqp", "amqps", "pyamqp"):
        return {"confirm_publish": True}  # or a notification may be lost without an error
    if kind in ("redis", "rediss"):
        before = key_prefix(settings)
        return {
            "global_keyprefix": before,
            "refused_key": f"{before}{refused_queue(settings.queue_prefix)}",
            # A notification that was not acknowledged for so long is delivered again. By then no
            # child can be working on it, and its leases are over; all processes must agree on it.
            "visibility_timeout": notification_limit_s(settings) + 60,
            # A queue is served when those before it are empty.
            "queue_order_strategy": "sorted",
            "socket_connect_timeout": BROKER_TIMEOUT_S,
            "socket_keepalive": True,
        }
    return {}


app: Final = build_app(get_settings(), is_current=True)


def publish(notification: Notification, queue: Queue, through: Celery = app) -> None:
    """Publish a notification to a queue of the broker.

    Raises kombu's OperationalError when the broker cannot be reached.
    """
    through.send_task(
        PROCESS,
        args=[notification.to_message()],
        queue=queue.value,
        # What `inspect` shows. By default Celery writes all job ids out once more, which takes a
        # sixth of the time.
        argsrepr=f"({len(notification.job_ids)} jobs from {notification.job_ids[0]})",
        kwargsrepr="{}",
    )


def queue_depths(through: Celery = app) -> dict[Queue, int]:
    """Return how many notifications wait for a worker, by queue.

    Raises kombu's OperationalError when the broker cannot be reached.
    """
    with through.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
        channel = connection.default_channel

        def count(queue: Queue) -> int:
            bound = cast("Any", through.amqp.queues[queue.value](channel))
            return int(bound.queue_declare().message_count)

        return {queue: count(queue) for queue in Queue}


def sweep(
    ledger: Ledger,
    settings: Settings,
    through: Celery = app,
    queues: Iterable[Queue] = tuple(Queue),
) -> int:
    """Dispatch what is due, as far as each of these queues has room; return how many jobs.

    A sweep of all queues folds the ledger's stored counts too, since one runs every few seconds;
    whoever sweeps some of them, as a web hook does, need not be allowed to.

    Raises kombu's OperationalError when the broker cannot be reached.
    """
    swept = tuple(queues)
    if set(swept) == set(Queue):
        ledger.fold_counts()
    depths = queue_depths(through)
    return sum(
        dispatch_due(
            ledger,
            partial(publish, queue=queue, through=through),
            settings.chunk_size,
            queue=queue,
            most=MAX_QUEUE_DEPTH - depths[queue],
        )
        for queue in swept
    )


own_celery_logs()
