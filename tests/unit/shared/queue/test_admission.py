"""What is a message of ours, what Celery gets of it, and what is kept of one that is not."""

import json
from collections.abc import Callable

import pytest
from celery import Celery
from kombu import Connection

from shared.contracts.jobs import Queue
from shared.errors import MessageRefused
from shared.queue.admission import CONTENT, Admitted, admit
from shared.queue.celery_app import DISPATCH, NIGHTLY, build_app, publish
from shared.queue.consumer import TAKES
from shared.queue.message import MOST_JOBS, Notification
from shared.queue.refused import LONGEST_PART, as_kept
from shared.settings import get_settings
from tests.support.forged import BODY, FORGED, HEADERS

EMBEDDED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def _task(message: object = None) -> None:
    """Stand in for a task that this process could execute."""


def test_there_are_enough_forged_messages() -> None:
    assert len(FORGED) >= 100


@pytest.mark.parametrize("number", range(len(FORGED)))
def test_a_forged_message_is_refused_with_a_reason(number: int) -> None:
    forged = FORGED[number]
    content = (forged.content_type, forged.content_encoding)
    with pytest.raises(MessageRefused) as refused:
        admit(forged.headers, content, forged.body, TAKES)
    assert 10 < len(str(refused.value)) < 400


@pytest.fixture(params=["a sender that knows no task", "a worker"])
def sender(request: pytest.FixtureRequest) -> Celery:
    """Return an application that publishes: who knows a task writes its time limit, too."""
    app = build_app(get_settings(broker_url="memory://"))
    return app if request.param != "a worker" else _knowing_tasks(app)


def _knowing_tasks(app: Celery) -> Celery:
    app.finalize()  # where this process has imported the worker's tasks, it knows them now
    for name in TAKES.keys() - app.tasks.keys():
        app.task(name=name)(_task)
    return app


SENDERS: list[tuple[str, Callable[[Celery], object], list[object]]] = [
    (
        "colourway.2.nightly",
        lambda app: publish(Notification(tuple(range(1, MOST_JOBS + 1))), Queue.NIGHTLY, app),
        [{"v": 1, "job_ids": list(range(1, MOST_JOBS + 1))}],
    ),
    ("colourway.0.dispatch", lambda app: app.send_task(DISPATCH, expires=60), []),
    ("colourway.producer", lambda app: app.send_task(NIGHTLY, expires=3600), []),
]


@pytest.mark.parametrize(("queue", "send", "args"), SENDERS)
def test_what_celery_writes_for_us_is_let_in(
    sender: Celery, queue: str, send: Callable[[Celery], object], args: list[object]
) -> None:
    send(sender)
    with Connection("memory://") as connection:
        message = connection.SimpleQueue(queue).get(timeout=1)
    beside = {"redelivered": True, "x-delivery-count": 3, "traceparent": "00-4b"}

    content = (message.content_type, message.content_encoding)
    headers, body = admit({**message.headers, **beside}, content, message.body, TAKES)

    assert json.loads(body) == [args, {}, EMBEDDED]
    for name in ("task", "id", "expires", "argsrepr", "root_id", "origin"):
        assert headers[name] == message.headers[name]
    assert headers["timelimit"] == [None, None]  # the receiver's own holds
    assert set(headers).isdisjoint(beside)


def test_senders_differ_in_what_they_write() -> None:
    """The time limit that workers write was once refused, and with it all that they dispatched."""
    app = _knowing_tasks(build_app(get_settings(broker_url="memory://")))
    publish(Notification((1,)), Queue.BACKFILL, app)
    with Connection("memory://") as connection:
        message = connection.SimpleQueue("colourway.3.backfill").get(timeout=1)
    assert message.headers["timelimit"] == [app.conf.task_time_limit, None]


def test_only_what_was_read_is_handed_on() -> None:
    body = json.dumps([[{"v": 1, "job_ids": [7], "more": {"a": 1}}], {}, EMBEDDED])
    admitted = admit(HEADERS | {"compression": "x", "meth": [1]}, CONTENT, body, TAKES)
    assert isinstance(admitted, Admitted)
    assert json.loads(admitted.body) == [[{"v": 1, "job_ids": [7]}], {}, EMBEDDED]
    assert set(admitted.headers).isdisjoint({"compression", "meth"})


@pytest.mark.parametrize("headers", [None, 1, "text", [], [("task", "colourway.process")]])
def test_headers_are_an_object(headers: object) -> None:
    with pytest.raises(MessageRefused, match="it has no headers"):
        admit(headers, CONTENT, BODY, TAKES)


def test_a_process_refuses_the_tasks_of_others() -> None:
    with pytest.raises(MessageRefused, match="no task of this process"):
        admit(HEADERS, CONTENT, BODY, {NIGHTLY: False})


def test_what_is_kept_is_bounded_and_holds_no_secret() -> None:
    kept = json.loads(as_kept("why", None, {"x": "password='hunter2'"}, "y" * 100_000))
    assert (kept["reason"], len(kept["body"])) == ("why", LONGEST_PART)
    assert "hunter2" not in kept["headers"]
