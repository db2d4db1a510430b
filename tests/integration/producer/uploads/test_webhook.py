"""`colourway serve`: a real process, spoken to over HTTP."""

import base64
import json
import socket
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.catalogue.stored import jobs
from tests.support.catalogue.uploading import BUCKET, message, record, s3_url, shut
from tests.support.programs import deadline, running, try_to_run
from tests.support.services import free_port
from tests.support.services.s3 import Bucket
from tests.support.web_hook import (
    MOST_BYTES,
    SHOWN,
    TOKEN,
    Hook,
    environment_of,
    serving,
    signed,
)

NOBODY = "redis://:s3cret@127.0.0.1:1/0"


@pytest.fixture
def environment(database_url: str, redis_url: str) -> dict[str, str]:
    return environment_of(database_url, redis_url)


@pytest.fixture
def hook(environment: dict[str, str], tmp_path: Path) -> Generator[Hook]:
    with serving(environment, tmp_path / "serve.log") as made:
        yield made


def test_a_message_is_answered_record_by_record(hook: Hook, engine: Engine, redis_url: str) -> None:
    bad = {**record("B/1.jpg", "01"), "eventName": None}
    status, said = hook.send(message(record("red dress/1.jpg", "01"), bad, record("x.txt", "01")))

    assert status == 200
    assert said["jobs"] == 1
    assert said["effects"] == {"enqueued": 1, "unmatched": 1, "malformed": 1}
    assert said["records"] == [
        {"effect": "enqueued", "what": s3_url("red dress/1.jpg")},
        {"effect": "malformed", "what": "record 2", "reason": "it has no eventName"},
        {"effect": "unmatched", "what": s3_url("x.txt")},
    ]
    assert hook.send(message(record("red dress/1.jpg", "01")))[1]["effects"] == {"old": 1}
    assert [(url, state) for url, _, state, *_ in jobs(engine)] == [
        (s3_url("red dress/1.jpg"), "pending")
    ]
    assert hook.program.terminate() == 0  # what was asked for is dispatched before the end
    (dispatched,) = hook.program.records("dispatched")
    assert dispatched["jobs"] == 1
    assert [line["what"] for line in hook.program.records("upload event")][:2] == [
        s3_url("red dress/1.jpg"),
        "record 2",
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_let_in(hook: Hook, engine: Engine) -> None:
    body = message(record("A/1.jpg", "01"))
    basic = base64.b64encode(f"sns:{TOKEN}".encode()).decode()
    strangers: list[dict[str, str]] = [
        {},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Basic {TOKEN}"},
        signed(body, "another-secret-of-some-length"),
        signed(body + " "),
    ]
    for headers in strangers:
        status, said = hook.send(body, headers)
        assert status == 401
        assert "Authorization: Bearer" in said["detail"]
    assert jobs(engine) == []
    assert TOKEN not in hook.program.said
    for headers in (signed(body), {"Authorization": f"Basic {basic}"}, SHOWN):
        assert hook.send(body, headers)[0] == 200
    assert len(jobs(engine)) == 1


ANSWERS: list[tuple[str, str, object, int]] = [
    ("POST", "/events/s3", "no JSON", 400),
    ("POST", "/events/s3", "{}", 400),
    ("POST", "/events/s3", b"\xff", 400),
    ("POST", "/events/s3", "x" * (MOST_BYTES + 1), 413),
    ("POST", "/events/s3", json.dumps({"Event": "s3:TestEvent"}), 200),
    ("POST", "/events/s3", json.dumps([{"eventType": "Microsoft.Storage.BlobCreated"}]), 400),
    ("OPTIONS", "/events/s3", None, 405),  # how Event Grid asks with the schema of CloudEvents
    ("GET", "/events/s3", None, 405),
    ("GET", "/docs", None, 404),
    ("GET", "/openapi.json", None, 200),
    ("GET", "/healthz", None, 200),
    ("GET", "/readyz", None, 200),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_answers_and_a_body_without_a_length_is_bounded_as_well(hook: Hook) -> None:
    for method, path, body, status in ANSWERS:
        assert hook.ask(method, path, body)[0] == status, (method, path, body)

    # The answer comes before the body's end; whoever sends on may find the connection closed.
    with socket.create_connection(("127.0.0.1", hook.port), timeout=60) as connection:
        head = f"POST /events/s3 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        piece = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
        for _ in range(100):
            try:
                connection.sendall(piece)
            except OSError:
                break
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cloud_event_whose_attributes_are_headers(hook: Hook) -> None:
    data = {"bucket": BUCKET, "name": "A/1.jpg", "generation": "1780000000000000"}
    kind = {"ce-type": "google.cloud.storage.object.v1.finalized", "ce-specversion": "1.0"}
    status, said = hook.send(json.dumps(data), {**SHOWN, **kind})
    assert (status, said["effects"]) == (200, {"enqueued": 1})
    assert hook.send(json.dumps(data))[0] == 400


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_store_that_is_away(
    environment: dict[str, str], engine: Engine, tmp_path: Path, moto_bucket: Bucket
) -> None:
    """An event that cannot be ordered asks the store, and is left to come again without it."""
    event = {"account": "1", "action": "PutObject", "bucket": moto_bucket.name}
    body = json.dumps(event | {"object": {"key": "A/1.jpg"}, "eventTime": "2026-01-01T00:00:00Z"})
    nobody = {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{free_port()}"}
    for more, answer in ((nobody, 503), ({}, 200)):
        settings = environment | moto_bucket.environment | more
        with serving(settings, tmp_path / f"log-{answer}") as hook:
            status, said = hook.send(body)
            assert status == answer
    # The bucket has no such object.
    assert said["effects"] == {"unmatched": 1}
    assert jobs(engine) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_database_that_is_away(hook: Hook, database_url: str) -> None:
    body = message(record("A/1.jpg", "01"))
    with shut(database_url):
        assert hook.send(body)[0] == 503
        assert hook.ask("GET", "/readyz") == (503, {"status": "the database is away"})
        assert hook.ask("GET", "/healthz")[0] == 200
    assert hook.send(body)[1]["effects"] == {"enqueued": 1}
    assert hook.ask("GET", "/readyz")[0] == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_broker_that_is_away_loses_nothing(
    environment: dict[str, str], engine: Engine, tmp_path: Path, redis_url: str
) -> None:
    port = str(free_port())
    away = {**environment, "CELERY_BROKER_URL": NOBODY}
    with running(away, tmp_path / "log", "colourway", "serve", "--port", port) as program:
        hook = Hook(int(port), program)
        for _ in deadline():
            try:
                status, said = hook.send(message(record("A/1.jpg", "01")))
            except OSError:
                continue
            break
        assert (status, said["jobs"]) == (200, 1)
        warning = "cannot dispatch: the broker cannot be reached"
        for _ in deadline():
            if program.records(warning):
                break
        assert program.terminate() == 0
        assert "s3cret" not in program.said
    assert [state for _, _, state, *_ in jobs(engine)] == ["pending"]
    dispatched = try_to_run(environment, "colourway", "dispatch", "--json")
    assert json.loads(dispatched.stdout)["jobs"] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_subscription_is_told_in_the_log(hook: Hook) -> None:
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"
    asked = {"Type": "SubscriptionConfirmation", "SubscribeURL": url, "TopicArn": "arn:t"}
    assert hook.send(json.dumps(asked))[1]["effects"] == {"ignored": 1}
    (line,) = hook.program.records("upload event")
    assert line["level"] == "warning"
    assert url in line["reason"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "set COLOURWAY_EVENTS_TOKEN or COLOURWAY_EVENTS_SECRET, or give --unprotected"),
        ({"COLOURWAY_EVENTS_TOKEN": "short"}, "COLOURWAY_EVENTS_TOKEN: "),
    ],
)
def test_it_does_not_start_without_a_guard(
    settings: dict[str, str], reason: str, sqlite_url: str
) -> None:
    ended = try_to_run({"DATABASE_URL": sqlite_url, **settings}, "colourway", "serve")
    assert ended.returncode == 2
    assert reason in ended.stderr


def test_unless_told_so(sqlite_url: str, tmp_path: Path) -> None:
    port = str(free_port())
    words = ("serve", "--unprotected", "--port", port)
    with running({"DATABASE_URL": sqlite_url}, tmp_path / "log", "colourway", *words) as program:
        hook = Hook(int(port), program)
        for _ in deadline():
            program.check_alive()
            try:
                status, _ = hook.send('{"Event": "s3:TestEvent"}', {})
            except OSError:
                continue
            assert status == 200
            break
