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
    """Work on pictures until told to stop: fetch, segment, colour, crop and store them.

    Needs a migrated database (DATABASE_URL) and a broker (CELERY_BROKER_URL). One worker uses
    every core or one GPU; start more of them on other machines. At the first SIGTERM or Ctrl-C it
    finishes the pictures it has begun and releases the others. It takes uploads first, then nightly
    feeds, then backfills; --queues keeps it to some of these: then another worker must dispatch.

    `celery -A worker.app worker` is the same worker, without the checks at the start.
    """
    # Here, so that showing help stays quick.
    from shared.queue.celery_app import BROKER_TIMEOUT_S, WORDS, node_name  # noqa: PLC0415
    from worker.runtime.celery_app import app  # noqa: PLC0415
    from worker.stages.fetching.origin_headers import OriginHeaders  # noqa: PLC0415

    words = _queues(queues, tuple(WORDS))
    settings = get_settings()
    settings.require_broker()
    _require_ledger(settings)
    # Read here too, so that a mistake in it is told before anything is claimed.
    OriginHeaders.read(settings.fetch_headers)
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
    worker = app.Worker(
        loglevel=log_level.value,
        queues=words,
        hostname=node_name(name),
        beat=beat,
        quiet=True,
        # Workers have nothing to say to each other: the ledger knows all.
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    raise typer.Exit(worker.exitcode or 0)


def _queues(text: str | None, known: tuple[str, ...]) -> list[str]:
    words = list(known) if text is None else [word.strip() for word in text.split(",")]
    for word in words:
        if word not in known:
            raise typer.BadParameter(
                f"there is no queue {word!r}; there are {', '.join(known)}",
                param_hint="'--queues'",
            )
    return words


def _require_ledger(settings: Settings) -> None:
    """Raise SchemaError or SQLAlchemy's OperationalError unless the ledger can be worked with."""
    from shared.database.roles import DatabaseRole  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415

    with ledger_session(settings, DatabaseRole.WORKER):
        pass  # closed at once: a worker may fork, and connections must not be shared
