"""Messages that are none of ours: why, how many, and where they are kept to be looked at.

Whoever can write to the broker can write anything. Celery unpacks what it receives in the process
that serves the queue, and a header of the wrong type ends that process; the message then comes
back, and ends the next one. So a message is read here first, and Celery sees only those that are as
this project writes them.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import structlog

from shared.errors import NotificationError
from shared.queue.message import Notification
from shared.redaction import redact

CONTENT: Final = ("application/json", "utf-8")

MOST_REFUSED: Final = 1000
"""How many refused messages are kept; the oldest go first."""

MOST_BYTES: Final = 65_536
"""The most bytes of a message's body: 1,000 job ids take a third of it."""

LONGEST_HEADER: Final = 2_000
"""The most characters of a header's text, and of each part of a refused message that is kept."""

log = structlog.get_logger("colourway.queue")


def objection(
    headers: object, content: tuple[object, object], body: object, takes: Mapping[str, bool]
) -> str | None:
    """Say why a message is none of ours; None where Celery may unpack it.

    Args:
        headers: as they came.
        content: the body's type and encoding, as they came.
        body: text or bytes, not decoded yet.
        takes: the names of the tasks that this process knows; whether each takes a notification.
    """
    if not isinstance(headers, Mapping):
        return "it has no headers"
    named = cast("Mapping[object, object]", headers)
    task = named.get("task")
    if not isinstance(task, str) or task not in takes:
        return f"no task of this process is called {task!r:.60}"
    if (fault := _fault_of_headers(named)) is not None:
        return fault
    if content != CONTENT:
        return f"its content is {content!r:.80}, not JSON in UTF-8"
    return _fault_of_body(body, takes_notification=takes[task])


def _fault_of_headers(headers: Mapping[object, object]) -> str | None:
    if not isinstance(headers.get("id"), str):
        return "it has no id"
    for name, value in headers.items():
        if not _is_plain(value):
            return f"its header {name!r:.40} is {value!r:.60}"
    for name in ("eta", "retries", "group", "chord", "stamped_headers", "stamps"):
        if headers.get(name):
            return f"its header {name!r} is set, and tasks here have none"
    if headers.get("timelimit") not in (None, [None, None], (None, None)):
        return "its header 'timelimit' is set, and tasks here have none"
    expires = headers.get("expires")
    try:
        if expires is not None:
            datetime.fromisoformat(cast("str", expires))
    except (TypeError, ValueError):
        return f"its header 'expires' is {expires!r:.60}"
    return None


def _is_plain(value: object) -> bool:
    match value:
        case None | bool() | int():
            return True
        case str():
            return len(value) <= LONGEST_HEADER
        case [None, None] | (None, None):  # a time limit that is not set
            return True
        case _:
            return value in ([], {})


def _fault_of_body(body: object, *, takes_notification: bool) -> str | None:
    if not isinstance(body, str | bytes) or len(body) > MOST_BYTES:
        return f"its body is no text of at most {MOST_BYTES:,} bytes"
    try:
        # Decoded first: Python would guess UTF-16 too, and Celery reads what the message says.
        text = body if isinstance(body, str) else body.decode("utf-8")
        content: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"its body is no JSON: {error}"
    match content:
        case [args, {**kwargs}, {**embedded}] if type(cast("object", args)) is list:
            if kwargs:
                return "it has named arguments"
            if any(embedded.values()):
                return "it would call other tasks"
            return _fault_of_arguments(cast("list[object]", args), takes_notification)
        case _:
            return "its body is no call of a task"


def _fault_of_arguments(args: list[object], takes_notification: bool) -> str | None:
    if len(args) != takes_notification:
        return f"it has {len(args)} arguments"
    try:
        for argument in args:
            Notification.from_message(argument)
    except NotificationError as error:
        return f"not a notification: {error.reason}"
    return None


def as_kept(reason: str, queue: object, headers: object, body: object) -> str:
    """Return what is kept of a refused message: JSON, bounded, without secrets."""
    return json.dumps(
        {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "reason": reason[:LONGEST_HEADER],
            "queue": _shown(queue),
            "headers": _shown(headers),
            "body": _shown(body),
        }
    )


def _shown(value: object) -> str:
    try:
        text = value if isinstance(value, str) else repr(value)
    except RecursionError:
        text = "too deep to be shown"
    return redact(text[: 2 * LONGEST_HEADER])[:LONGEST_HEADER]


class Refused:
    """Counts what a process has refused, and says so: each of the first, then every hundredth."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, reason: str, **facts: Any) -> None:
        """Count one more message."""
        self.count += 1
        if self.count <= 10 or self.count % 100 == 0:
            log.error("message refused", reason=redact(reason), refused=self.count, **facts)


refused: Final = Refused()
"""What this process has refused."""
