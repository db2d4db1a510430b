"""The command ``dispatch``: one sweep of the ledger, by hand or from cron."""

import json
from typing import Annotated

import typer

from shared.settings import get_settings


def dispatch(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Ring once for every job that is due: new, to be tried again, or lost by a worker.

    Beat has this done every few seconds (`celery -A worker.app beat`, or `colourway work --beat`);
    without it, this command is the way to get pictures tried again.
    """
    # Here, so that showing help stays quick.
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.ledger.ledger import Ledger  # noqa: PLC0415
    from shared.queue.celery_app import build_app, sweep, waiting  # noqa: PLC0415

    settings = get_settings()
    broker = build_app(settings)
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        jobs = sweep(Ledger(engine, settings), settings, broker)
    finally:
        engine.dispose()
    now = sum(waiting(broker).values())
    if as_json:
        typer.echo(json.dumps({"jobs": jobs, "waiting": now}))
    else:
        typer.echo(f"rang for {jobs:,} jobs; {now:,} doorbells wait for a worker")
