"""Logs: lines for people on a terminal, JSON for machines anywhere else.

Every module logs through ``structlog.get_logger()``: a short event, and the facts as keys::

    log.warning("picture deferred", job_id=7, stage="fetch", code="fetch_timeout")

Lines of other libraries (Celery, Alembic) are formatted in the same way.
"""

import logging
import sys
from enum import StrEnum
from typing import Literal, TextIO

import structlog

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


class LogLevel(StrEnum):
    """The least severe log lines that a service writes."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


# Their INFO lines (credentials found, which kind of database) are of no use here.
_CHATTY = ("botocore", "boto3", "alembic")


def set_up_logs(
    log_format: Literal["auto", "json", "console"] = "auto",
    level: str = "INFO",
    stream: TextIO | None = None,
) -> None:
    """Send all logs to ``stream`` (standard error without one) as console lines or as JSON.

    A service passes ``sys.stdout``; a command keeps that for its answer.
    ``auto`` writes for people where the stream is a terminal. Calling again replaces what an
    earlier call set up. JSON lines carry ``timestamp``, ``level``, ``logger`` and ``event``.
    """
    out = stream or sys.stderr
    as_json = log_format == "json" or (log_format == "auto" and not out.isatty())
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *_rendering(as_json, colours=out.isatty()),
        ],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel("WARNING")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a second call must reach loggers that exist already
    )


def _rendering(as_json: bool, colours: bool) -> list[structlog.typing.Processor]:
    # Tracebacks without local variables: those may hold passwords.
    if as_json:
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(tracebacks),
            structlog.processors.JSONRenderer(),
        ]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
