"""The command ``dispatch``: one sweep of the ledger, by hand or from cron."""

import typer

from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.settings import get_settings


def dispatch(as_json: JsonFlag = False) -> None:
    """Dispatch every job that is due: new, due for a retry, or lost by a worker.

    Beat does this every few seconds (`colourway schedule`, `colourway work --beat`, or
    `celery -A worker.app beat`). Where beat does not run, call this command from cron.
    """
    # Here, so that showing help stays quick.
    from shared.database.roles import DatabaseRole  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.ledger.ledger import Ledger  # noqa: PLC0415
    from shared.queue.celery_app import build_app, queue_depths, sweep  # noqa: PLC0415

    settings = get_settings()
    settings.require_broker()
    broker = build_app(settings)
    with ledger_session(settings, DatabaseRole.PRODUCER) as engine:
        jobs = sweep(Ledger(engine, settings), settings, broker)
    now = sum(queue_depths(broker).values())
    if as_json:
        print_json({"jobs": jobs, "waiting": now}, indent=None)  # a line of cron's log
    else:
        typer.echo(f"dispatched {jobs:,} jobs; notifications waiting for a worker: {now:,}")
