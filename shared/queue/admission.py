"""Which messages are let in: those that this project writes, read before Celery sees them.

Whoever can write to the broker can write anything. Celery unpacks what it receives in the process
that serves the queue, and a header of the wrong type ends that process; the message then comes
back, and ends the next one. So a message is read here, strictly where it asks for something, and
Celery gets one that was written anew: of what came, only what was read is in it.

Not stricter than what Celery itself writes: who sends a task that it also knows (every worker that
sweeps) puts its time limit in, and brokers and tracing add headers of their own, which are dropped.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    TypeAdapter,
    ValidationError,
)

from shared.errors import MessageRefused, NotificationError
from shared.queue.message import Notification

CONTENT: Final = ("application/json", "utf-8")

MOST_BYTES: Final = 65_536
"""The most bytes of a message's body: 1,000 job ids take a third of it."""

_UNSET: Final = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def _read_moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


_Text = Annotated[str, Field(max_length=2_000)]
_Moment = Annotated[_Text, AfterValidator(_read_moment)]
_Unset = Annotated[list[Any], Field(max_length=0)] | None
_UnsetTable = Annotated[dict[str, Any], Field(max_length=0)] | None
_Limits = Annotated[list[PositiveFloat | None], Field(min_length=2, max_length=2)]


class TaskHeaders(BaseModel):
    """What Celery writes before a task of ours; other headers are dropped."""

    model_config = ConfigDict(strict=True, extra="ignore")

    task: _Text
    id: Annotated[_Text, Field(min_length=1)]
    lang: _Text = "py"
    root_id: _Text | None = None
    parent_id: _Text | None = None
    origin: _Text | None = None
    argsrepr: _Text | None = None
    kwargsrepr: _Text | None = None
    expires: _Moment | None = None
    ignore_result: bool | None = None
    timelimit: _Limits = [None, None]

    # What no task of ours has: a later time, tries, company.
    eta: None = None
    retries: Literal[0] = 0
    group: None = None
    group_index: None = None
    chord: None = None
    shadow: None = None
    replaced_task_nesting: Literal[0] = 0
    stamped_headers: _Unset = None
    stamps: _UnsetTable = None


class _Company(BaseModel):
    """The other tasks that a call may name: ours name none."""

    model_config = ConfigDict(strict=True, extra="ignore")

    callbacks: _Unset = None
    errbacks: _Unset = None
    chain: _Unset = None
    chord: _Unset = None


_CALL: Final = TypeAdapter(
    tuple[list[Any], Annotated[dict[str, Any], Field(max_length=0)], _Company],
    config=ConfigDict(strict=True),
)


class Admitted(NamedTuple):
    """A message as Celery gets it."""

    headers: dict[str, Any]
    body: bytes


def admit(
    headers: object, content: tuple[object, object], body: object, takes: Mapping[str, bool]
) -> Admitted:
    """Return a message of ours, written anew.

    Args:
        headers: as they came.
        content: the body's type and encoding, as they came.
        body: text or bytes, not decoded yet.
        takes: the names of the tasks that this process knows; whether each takes a notification.

    Raises :class:`~shared.errors.MessageRefused` where it is none of ours.
    """
    read = _headers(headers, takes)
    if content != CONTENT:
        raise MessageRefused(f"its content is {content!r:.80}, not JSON in UTF-8")
    args = _arguments(body, takes_notification=takes[read.task])
    # The limit that holds is the one of the worker, not of who sent it.
    written = read.model_dump() | {"timelimit": [None, None]}
    return Admitted(written, json.dumps([args, {}, _UNSET]).encode())


def _headers(headers: object, takes: Mapping[str, bool]) -> TaskHeaders:
    if not isinstance(headers, Mapping):
        raise MessageRefused("it has no headers")
    task = cast("Mapping[object, object]", headers).get("task")
    if not isinstance(task, str) or task not in takes:
        raise MessageRefused(f"no task of this process is called {task!r:.60}")
    try:
        return TaskHeaders.model_validate(headers)
    except ValidationError as error:
        raise MessageRefused(f"its header {_first_of(error)}") from None


def _arguments(body: object, *, takes_notification: bool) -> list[dict[str, object]]:
    if not isinstance(body, str | bytes) or len(body) > MOST_BYTES:
        raise MessageRefused(f"its body is no text of at most {MOST_BYTES:,} bytes")
    try:
        args, _, _ = _CALL.validate_json(body)
    except ValidationError as error:
        raise MessageRefused(f"its body is no call of a task: {_first_of(error)}") from None
    if len(args) != takes_notification:
        raise MessageRefused(f"it has {len(args)} arguments, not {int(takes_notification)}")
    try:
        return [Notification.from_message(argument).to_message() for argument in args]
    except NotificationError as error:
        raise MessageRefused(f"not a notification: {error.reason}") from None


def _first_of(error: ValidationError) -> str:
    """Say the first thing that is wrong, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where!r:.60}: {first['msg']:.200}"
