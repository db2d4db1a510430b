"""The command ``work``: a Celery worker with the project's defaults, checked before it starts."""

from typing import Annotated

import typer

from shared.logs import LogLevel
from shared.settings import Settings, get_settings


def work(
    *,
    queues: Annotated[
        str | None,
        typer.Option(help="Only these (commas): dispatch, uploads, nightly, backfill."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Name of this worker, such as second@%h."),
    ] = None,
    beat: Annotated[
        bool, typer.Option("--beat", help="Also ask for a sweep every few seconds, as beat does.")
    ] = False,
    log_level: Annotated[LogLevel, typer.Option(help="How much to log.")] = LogLevel.INFO,
) -> None:
    """Answer doorbells until told to stop: fetch, segment, colour and crop pictures.

    Needs a migrated database (DATABASE_URL) and a broker (CELERY_BROKER_URL). One worker uses
    every core or one GPU; start more of them on other machines. The first SIGTERM or Ctrl-C lets
    it finish the pictures in hand and give the others back. It looks for uploads first, then for
    nightly feeds, then for backfills; --queues sets it aside for some, but somebody must dispatch.

    `celery -A worker.app worker` is the same worker, without the checks at the start.
    """
    # Here, so that showing help stays quick.
    from shared.queue.celery_app import BROKER_TIMEOUT_S, WORDS  # noqa: PLC0415
    from worker.runtime.celery_app import app  # noqa: PLC0415

    words = [word.strip() for word in (queues or ",".join(WORDS)).split(",")]
    for word in words:
        if word not in WORDS:
            raise typer.BadParameter(
                f"there is no queue {word!r}; there are {', '.join(WORDS)}",
                param_hint="'--queues'",
            )
    _require_ledger(get_settings())
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
    worker = app.Worker(
        loglevel=log_level.value,
        queues=words,
        hostname=name,
        beat=beat,
        quiet=True,
        # Workers have nothing to say to each other: the ledger knows all.
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    raise typer.Exit(worker.exitcode or 0)


def _require_ledger(settings: Settings) -> None:
    """Raise SchemaError or SQLAlchemy's OperationalError unless the ledger can be worked with."""
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415

    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
    finally:
        engine.dispose()  # a worker may fork, and connections must not be shared
