"""Crashes at chosen points of the real code: ``os._exit``, as sudden as a ``kill -9``.

``CHAOS_CRASH`` names the points, commas between; each crashes one process, once, and leaves a file
of its name in ``CHAOS_MARKS``. The worker of the suite arms them by itself; a producer is started
here instead of at ``colourway.cli:main``.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

COMMIT_SEND: Final = "commit-send"
MARK_PUBLISH: Final = "mark-publish"
POP_UNACKED: Final = "pop-unacked"
RECEIVED: Final = "received"
STORE_RECORD: Final = "store-record"
RECORD_ACK: Final = "record-ack"


def crash(point: str) -> None:
    """End this process at once, unless one has ended at this point before."""
    if point not in os.environ.get("CHAOS_CRASH", "").split(","):
        return
    try:
        (Path(os.environ["CHAOS_MARKS"]) / point).touch(exist_ok=False)
    except FileExistsError:
        return
    os._exit(137)


def arm() -> None:
    """Lay the chosen points into the code of this process."""
    for point in filter(None, os.environ.get("CHAOS_CRASH", "").split(",")):
        if point in _ARMS:
            _ARMS[point]()


def _before_sending() -> None:
    from producer.dispatching import dispatch as schedule  # noqa: PLC0415 (a producer alone has them)
    from producer.dispatching import streaming as dispatcher  # noqa: PLC0415 (a producer alone has them)

    # Whichever comes first: the dispatch of jobs inserted as dispatched, or a sweep of the others.
    _put_before(dispatcher.StreamingDispatcher, "publish", lambda *_, **__: crash(COMMIT_SEND))
    _put_before(schedule, "sweep", lambda *_, **__: crash(COMMIT_SEND))


def _before_publishing() -> None:
    from shared.queue import celery_app  # noqa: PLC0415

    _put_before(celery_app, "publish", lambda *_, **__: crash(MARK_PUBLISH))


def _after_popping() -> None:
    from kombu.transport.redis import QoS  # noqa: PLC0415

    from shared.queue.celery_app import PROCESS  # noqa: PLC0415

    def popped(_: object, message: Any, *__: object) -> None:
        if message.headers.get("task") == PROCESS:  # sweeps come this way, too
            crash(POP_UNACKED)

    _put_before(QoS, "append", popped)


def _after_receiving() -> None:
    from celery import signals  # noqa: PLC0415

    from shared.queue.celery_app import PROCESS  # noqa: PLC0415

    def received(request: Any, **_: object) -> None:
        if request.name == PROCESS:
            crash(RECEIVED)

    signals.task_received.connect(received, weak=False)


def _before_acknowledging() -> None:
    from celery import signals  # noqa: PLC0415

    from shared.queue.celery_app import PROCESS  # noqa: PLC0415

    def done(task: Any, **_: object) -> None:
        if task.name == PROCESS:
            crash(RECORD_ACK)

    signals.task_postrun.connect(done, weak=False)


def _put_before(place: Any, name: str, first: Callable[..., None]) -> None:
    original = getattr(place, name)

    def both(*arguments: Any, **named: Any) -> Any:
        first(*arguments, **named)
        return original(*arguments, **named)

    setattr(place, name, both)


# ``STORE_RECORD`` is a hook of the worker's (:mod:`tests.chaos.workers.hooks`).
_ARMS: Final[dict[str, Callable[[], None]]] = {
    COMMIT_SEND: _before_sending,
    MARK_PUBLISH: _before_publishing,
    POP_UNACKED: _after_popping,
    RECEIVED: _after_receiving,
    RECORD_ACK: _before_acknowledging,
}


def producer() -> None:
    """Be the command ``colourway``, with the chosen points in it."""
    from colourway.cli import main  # noqa: PLC0415 (a worker has no need of it)

    arm()
    main()
