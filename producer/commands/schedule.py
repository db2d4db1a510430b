"""The command ``schedule``: beat, and the nightly runs that it starts."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from shared.logs import LogLevel
from shared.settings import Settings, get_settings

if TYPE_CHECKING:
    from celery import Celery


def schedule(
    *,
    log_level: Annotated[
        LogLevel, typer.Option(help="The least severe log lines shown.")
    ] = LogLevel.INFO,
) -> None:
    """Run the scheduler: dispatch due jobs every few seconds, and start the nightly run.

    Every few seconds a worker is asked to sweep the ledger. At the time set by
    COLOURWAY_NIGHTLY_CRON (UTC), the feeds of COLOURWAY_NIGHTLY_FEED are enqueued and finished
    pictures rechecked, as by `colourway nightly`. A nightly run that was missed while the scheduler
    was down is started at once. Run exactly one scheduler, and no other beat. SIGTERM or Ctrl-C
    stops a nightly run after its current transaction; the next start continues it.
    """
    # Here, so that showing help stays quick.
    import structlog  # noqa: PLC0415

    from producer.nightly.celery_app import app  # noqa: PLC0415
    from producer.status.gauges import LedgerGauges  # noqa: PLC0415
    from shared.database.session import ask_ledger  # noqa: PLC0415
    from shared.metrics.serving import metrics_served  # noqa: PLC0415
    from shared.queue.celery_app import (  # noqa: PLC0415
        BROKER_TIMEOUT_S,
        node_name,
        producer_queue,
        queue_depths,
    )

    settings = get_settings()
    settings.require_broker()
    log = structlog.get_logger(__name__)
    last = _last_night(settings)
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
    worker = app.Worker(
        loglevel=log_level.value,
        queues=[producer_queue(settings).name],
        hostname=node_name("schedule@%h"),
        beat=True,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    )
    log.info("schedule", **remember(app, last, datetime.now(UTC)))
    checks = {"database": partial(ask_ledger, settings), "broker": queue_depths}
    with metrics_served(settings, "schedule", checks, [LedgerGauges(settings, queue_depths)]):
        worker.start()
    raise typer.Exit(worker.exitcode or 0)


def remember(app: "Celery", last: datetime | None, now: datetime) -> dict[str, object]:
    """Tell beat when the last complete nightly run began, so that it starts a missed one.

    Returns facts for the log: when the next run is due, and whether one was missed.
    """
    entry = app.conf.beat_schedule.get("nightly")
    if entry is None:
        return {"nightly": "off; set COLOURWAY_NIGHTLY_CRON"}
    entry["last_run_at"] = last
    start, forward, _ = entry["schedule"].remaining_delta(last or now)
    due_at: datetime = start + forward
    missed = due_at <= now
    return {
        "nightly": (now if missed else due_at).isoformat(timespec="seconds"),
        "missed_one": missed,
    }


def _last_night(settings: Settings) -> datetime | None:
    """Return when the last complete nightly run began; None where there was none.

    Raises SchemaError, or SQLAlchemy's OperationalError.
    """
    from producer.nightly.run import last_night  # noqa: PLC0415
    from shared.database.roles import DatabaseRole  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415

    with ledger_session(settings, DatabaseRole.PRODUCER) as engine:
        return last_night(engine, settings.nightly_catalogue)
