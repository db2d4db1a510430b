"""Logs: lines for people on a terminal, JSON for machines anywhere else.

Every module logs through ``structlog.get_logger()``: a short event, and the facts as keys::

    log.warning("picture deferred", job_id=7, stage="fetch", code="fetch_timeout")

Lines of other libraries (Celery, Alembic) are formatted in the same way. Whoever wrote a line,
passwords, signatures and tokens are taken out of it, and nothing in it can steer a terminal.
"""

import logging
import sys
from enum import StrEnum
from typing import Final, Literal, TextIO

import stamina.instrumentation
import structlog
from structlog.typing import EventDict, WrappedLogger

from shared.printable import printable, printable_lines
from shared.redaction import redact_values

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


OURS: Final = ("colourway", "producer", "shared", "worker")
"""The loggers of Colourway itself, by the beginnings of their names."""

# Their INFO lines are of no use: credentials found, which kind of database, each task that came and
# ended, each sweep that beat asks for.
_CHATTY = (
    *("botocore", "boto3", "alembic"),
    *("celery.worker.strategy", "celery.worker.request", "celery.app.trace", "celery.beat"),
)


def set_up_logs(
    log_format: Literal["auto", "json", "console"] = "auto",
    level: str = "INFO",
    stream: TextIO | None = None,
) -> None:
    """Send all logs to ``stream`` (standard error without one) as console lines or as JSON.

    A service passes ``sys.stdout``; a command keeps that for its answer.
    ``auto`` writes for people where the stream is a terminal. Calling again replaces what an
    earlier call set up. JSON lines carry ``timestamp``, ``level``, ``logger`` and ``event``.
    Below INFO the level is that of Colourway's own lines: other libraries' would bury them.
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
    # Not its own hook: that one logs what was called with, a claim's URL and lease token included.
    stamina.instrumentation.set_on_retry_hooks([_tell_of_retry])
    root = logging.getLogger()
    root.handlers = [handler]
    ours = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(ours, logging.INFO))
    for name in OURS:
        logging.getLogger(name).setLevel(ours)
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


def _tell_of_retry(details: stamina.instrumentation.RetryDetails) -> None:
    structlog.get_logger("stamina").warning(
        "tried again",
        callable=details.name,
        attempt=details.retry_num,
        wait_s=round(details.wait_for, 2),
        waited_s=round(details.waited_so_far, 2),
        error=str(details.caused_by).partition("\n")[0],
    )


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return redact_values(event)


def _for_a_terminal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape what could steer a terminal, or pass for another line.

    A traceback keeps its lines, indented: a message within it may have lines of its own.
    """
    return {
        printable(key): _printable(value, keep_lines=key in {"exception", "stack"})
        for key, value in event.items()
    }


def _printable(value: object, *, keep_lines: bool) -> object:
    if isinstance(value, str):
        return printable_lines(value).replace("\n", "\n  ") if keep_lines else printable(value)
    # Plain values by now; the repr of a text within them is printable.
    return value


def _rendering(as_json: bool, colours: bool) -> list[structlog.typing.Processor]:
    # Tracebacks without local variables: those may hold passwords.
    if as_json:
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(tracebacks),
            _without_secrets,
            structlog.processors.JSONRenderer(),
        ]
    plain = structlog.dev.plain_traceback
    return [
        structlog.processors.format_exc_info,
        _without_secrets,
        _for_a_terminal,
        structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain),
    ]
