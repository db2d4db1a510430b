"""Celery's own lines in the project's logs: those that it logs, and those that it prints."""

import logging
import os
import sys
from typing import Any, TextIO, cast

from celery import signals

from shared.logs import set_up_logs
from shared.settings import get_settings


def own_celery_logs() -> None:
    """Have Celery leave logs to :mod:`shared.logs`, in whatever process it begins."""
    signals.setup_logging.connect(_set_up_logs)
    signals.celeryd_init.connect(_begin_worker)


def _set_up_logs(loglevel: int | str | None = None, **_: object) -> None:
    # A receiver of this signal keeps Celery from setting up its own logs.
    level = logging.getLevelName(loglevel) if isinstance(loglevel, int) else loglevel
    set_up_logs(get_settings().log_format, level or "INFO", sys.stdout)
    # It warns of delayed tasks for each quorum queue, and there are none.
    logging.getLogger("kombu.transport.native_delayed_delivery").setLevel(logging.ERROR)


def _begin_worker(instance: Any, options: dict[str, Any], **_: object) -> None:
    """Before a worker says anything: warnings and what it prints become lines of the log."""
    from celery.apps import worker  # noqa: PLC0415 - of no use to those who only publish

    _set_up_logs(options.get("loglevel"))
    logging.captureWarnings(True)
    instance.quiet = (
        True  # no banner: settings are told by `colourway doctor`, queues by the broker
    )
    cast("Any", worker).safe_say = _say


def _say(text: str, file: TextIO | None = None) -> None:
    """Log what Celery says within a signal handler, where neither locks nor buffers may be used."""
    out = file or sys.stderr
    for handler in logging.getLogger().handlers:
        record = logging.LogRecord("celery.apps.worker", logging.INFO, "", 0, text, None, None)
        os.write(out.fileno(), f"{handler.format(record)}\n".encode())
