"""The tasks: what a worker does with a notification, and when beat asks for a sweep.

Neither carries state: both look into the ledger, so a notification may come twice, late or never.
"""

import os
from collections.abc import Callable
from functools import cached_property
from threading import Lock, Timer
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any, Final

import structlog
from celery import bootsteps, signals
from celery.exceptions import Reject, WorkerShutdown

from shared.contracts.workers import Activity
from shared.database.engine import outlasting
from shared.errors import NotificationError, SchemaError, SettingsError, WeightsError
from shared.ledger.ledger import Ledger
from shared.metrics import counting
from shared.outage import Outage
from shared.queue.celery_app import DISPATCH, PROCESS, app, lease_limit_s, sweep
from shared.queue.message import Notification
from shared.settings import Settings, get_settings
from shared.tracing.spans import end_tracing
from worker.runtime.child import ParentLifeline, die_with_parent, harden_child
from worker.runtime.composition import build_ledger, build_pipeline
from worker.runtime.minutely import Minutely
from worker.runtime.presence import Presence, WorkerIdentity
from worker.runtime.work_log import WorkLog

if TYPE_CHECKING:
    from worker.pipeline import Pipeline

SAYS_WHY_WITHIN_S: Final = 10.0
"""How long a child that loads for too long has to say so, before the kernel kills it."""

log = structlog.get_logger()


class Workplace:
    """What all tasks of one process share; each part is made once, when it is first needed.

    So neither networks nor database connections exist before a process that forks has forked.
    ``build`` makes the pipeline; tests of the queue pass one without networks.
    """

    def __init__(self, build: "Callable[[Settings], Pipeline]" = build_pipeline) -> None:
        self.build = build
        self.work_log = WorkLog()
        self.who = WorkerIdentity("worker")
        self.waits_for = "modules"
        """What a process that is not ready yet waits for: modules, database or networks."""
        self._lock = Lock()  # two threads would load the networks twice
        self._pipeline: Pipeline | None = None
        self._ledger: Ledger | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings as they were when the first task ran."""
        return get_settings()

    @cached_property
    def presence(self) -> Presence:
        """What this worker says of itself."""
        return Presence(self.who, self.settings, lambda: self.work_log.pictures)

    @property
    def ledger(self) -> Ledger:
        """The opened ledger. Raises SchemaError where the database was not migrated."""
        with self._lock:
            if self._ledger is None:
                self.waits_for = "database"
                self._ledger = outlasting(build_ledger)(self.settings)
            return self._ledger

    @property
    def is_loaded(self) -> bool:
        """Whether the networks are loaded."""
        return self._pipeline is not None

    @property
    def pipeline(self) -> "Pipeline":
        """The pipeline, networks loaded. Raises WeightsError where they cannot be."""
        with self._lock:
            if self._pipeline is None:
                os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
                log.info("networks loading")
                began_at, used = monotonic(), process_time()
                self.waits_for = "networks"
                self._pipeline = self.build(self.settings)
                took = {"seconds": monotonic() - began_at, "processor_s": process_time() - used}
                log.info("networks loaded", **{name: round(s, 1) for name, s in took.items()})
            return self._pipeline


workplace: Final = Workplace()
lifeline: Final = ParentLifeline()
minutely: Final = Minutely([workplace.work_log.summarise])


@app.task(name=PROCESS)
def process(message: object = None) -> None:
    """Take the jobs of one notification through the pipeline, those that still need it.

    A notification that cannot be read is logged and dropped: the ledger knows its jobs.
    """
    try:
        notification = Notification.from_message(message)
    except NotificationError as error:
        counting.notification_refused()
        log.error("notification dropped", reason=error.reason, message=repr(error.raw)[:200])
        return
    if lifeline.stopping.is_set():
        raise Reject("this worker is stopping", requeue=True)
    with lifeline.graceful_sigterm():
        _work_on(notification)
        workplace.presence.is_at(Activity.IDLE)


def _work_on(notification: Notification) -> None:
    # Loaded before anything is claimed: a worker that cannot load must not cost jobs an attempt,
    # nor stay and take notifications from those that can.
    limit_s = workplace.settings.loading_limit_s
    lifeline.kill_after(limit_s + SAYS_WHY_WITHIN_S)
    slow = Timer(limit_s, _too_slow, (limit_s,))
    slow.daemon = True
    slow.start()
    try:
        # Here, because it imports TensorFlow, which a process that will fork must not have.
        from worker.runtime import runner  # noqa: PLC0415

        if not workplace.is_loaded:
            workplace.presence.is_at(Activity.LOADING)
        ledger = _ledger()
        pipeline = workplace.pipeline
    except (ImportError, WeightsError, SettingsError, MemoryError) as error:
        raise _stopped("the pipeline cannot be built; this worker stops", error) from error
    finally:
        slow.cancel()
    settings = workplace.settings
    began_at = monotonic()
    while not lifeline.stopping.is_set() and monotonic() - began_at < settings.lease_s:
        lifeline.kill_after(None)  # it holds no lease now, and may wait for longer than one
        left_s = settings.lease_s - (monotonic() - began_at)
        if not pipeline.wait_until_able(lifeline.stopping, left_s, _tell_of_outage):
            break
        # Before the lease ends and others take the jobs.
        lifeline.kill_after(lease_limit_s(settings))
        claims = ledger.claim(notification.job_ids, settings.chunk_size)
        if not claims:
            return
        workplace.presence.is_at(Activity.WORKING, claims)
        runner.process(
            ledger,
            claims,
            pipeline,
            workplace.work_log.tell,
            threads=settings.fetch_threads,
            inference_threads=runner.INFERENCE_THREADS * pipeline.batch,
            per_host=settings.fetches_per_host,
            stop=lifeline.stopping,
            begin_within_s=settings.lease_s / 2,
        )
    ledger.unmark_dispatched(notification.job_ids)  # others may take the rest soon


def _too_slow(limit_s: float) -> None:
    """Say why this child ends, and end it; its parent starts another."""
    advice = "raise COLOURWAY_LOADING_LIMIT_S, or give this worker more processor time"
    if workplace.waits_for == "database":
        advice = "check the database (DATABASE_URL)"
    log.critical(
        "loading took too long; this process ends and its parent starts another",
        limit_s=limit_s,
        waited_for=workplace.waits_for,
        processor_s=round(process_time(), 1),
        load_average=round(os.getloadavg()[0], 1),
        do=advice,
    )
    lifeline.end_child()


def _ledger() -> Ledger:
    """Return the opened ledger; without its schema no worker is of use, and this one stops."""
    try:
        return workplace.ledger
    except SchemaError as error:
        raise _stopped("the database does not fit; this worker stops", error) from error


def _stopped(what: str, error: Exception) -> WorkerShutdown:
    """Say in one line why this worker stops, and have it stop; return what to raise."""
    log.critical(what, reason=str(error) or repr(error))
    lifeline.stop_worker()
    return WorkerShutdown(1)


@app.task(name=DISPATCH)
def dispatch() -> None:
    """Sweep the ledger: dispatch jobs that are due, as far as the broker's queue has room."""
    workplace.work_log.dispatched(sweep(_ledger(), workplace.settings))


def _tell_of_outage(outage: Outage) -> None:
    if outage.over_s is None:
        workplace.presence.is_at(Activity.WAITING)
    if outage.part == "decoder":
        _tell_of_decoder(outage)
    elif outage.over_s is not None:
        log.info("the store takes files again", away_s=round(outage.over_s, 1))
    elif outage.refused:
        advice = "check COLOURWAY_STORAGE, the credentials (AWS_…) and their rights"
        log.error(
            "the store refuses every file; this worker waits", reason=outage.reason, do=advice
        )
    else:
        log.warning("the store takes no files; this worker waits for it", reason=outage.reason)


def _tell_of_decoder(outage: Outage) -> None:
    if outage.over_s is not None:
        log.info("pictures can be decoded again", away_s=round(outage.over_s, 1))
        return
    log.error(
        "no process that decodes pictures can be started; this worker waits",
        reason=outage.reason,
        do="see this machine's memory, its limits of processes and open files, and whether the "
        "installation was replaced: then restart the worker",
    )


class LifelineStep(bootsteps.StartStopStep):
    """What Celery's parent process does with the lifeline: before it forks, and when it ends.

    However it ends: signals, a command over the broker, an error.
    """

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        workplace.who = WorkerIdentity(parent.hostname)
        lifeline.arm()

    def close(self, parent: Any) -> None:
        """Have the child stop, before its pool waits for it."""
        lifeline.stop_child()


def _begin(**_: object) -> None:
    harden_child(workplace.settings.max_memory_bytes)
    lifeline.watch_parent()
    minutely.start()
    workplace.presence.start()


def _end(**_: object) -> None:
    minutely.end()
    workplace.presence.end()
    end_tracing()


def _end_with_the_worker(**_: object) -> None:
    die_with_parent()  # beat has nothing to finish


app.steps["worker"].add(LifelineStep)
signals.worker_process_init.connect(_begin)
signals.worker_process_shutdown.connect(_end)
signals.beat_embedded_init.connect(_end_with_the_worker)
