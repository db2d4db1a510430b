"""What is a message of ours, and what is kept of one that is not."""

import json

import pytest
from kombu import Connection

from shared.contracts.jobs import Queue
from shared.queue.celery_app import DISPATCH, NIGHTLY, PROCESS, build_app, publish
from shared.queue.guard import TAKES
from shared.queue.message import Notification
from shared.queue.refusal import CONTENT, LONGEST_HEADER, as_kept, objection
from shared.settings import get_settings
from tests.support.forged import BODY, FORGED, HEADERS


def test_there_are_enough_forged_messages() -> None:
    assert len(FORGED) >= 100


@pytest.mark.parametrize("number", range(len(FORGED)))
def test_a_forged_message_is_refused_with_a_reason(number: int) -> None:
    forged = FORGED[number]
    content = (forged.content_type, forged.content_encoding)
    reason = objection(forged.headers, content, forged.body, TAKES)
    assert reason
    assert len(reason) < 300


def test_what_celery_writes_for_us_is_let_in() -> None:
    app = build_app(get_settings(broker_url="memory://"))
    publish(Notification(tuple(range(1, 1001))), Queue.NIGHTLY, app)
    app.send_task(DISPATCH, expires=60)
    app.send_task(NIGHTLY, expires=3600)
    with Connection("memory://") as connection:
        for queue in ("colourway.2.nightly", "colourway.0.dispatch", "colourway.producer"):
            message = connection.SimpleQueue(queue).get(timeout=1)
            content = (message.content_type, message.content_encoding)
            assert objection(message.headers, content, message.body, TAKES) is None
    assert set(TAKES) == {PROCESS, DISPATCH, NIGHTLY}


@pytest.mark.parametrize("headers", [None, 1, "text", [], [("task", "colourway.process")]])
def test_headers_are_an_object(headers: object) -> None:
    assert objection(headers, CONTENT, BODY, TAKES) == "it has no headers"


def test_a_process_refuses_the_tasks_of_others() -> None:
    assert objection(dict(HEADERS), CONTENT, BODY, {"colourway.nightly": False})


def test_what_is_kept_is_bounded_and_holds_no_secret() -> None:
    kept = json.loads(as_kept("why", None, {"x": "password='hunter2'"}, "y" * 100_000))
    assert (kept["reason"], len(kept["body"])) == ("why", LONGEST_HEADER)
    assert "hunter2" not in kept["headers"]
