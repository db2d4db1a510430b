"""`colourway listen` against real queues and buckets (moto's, over HTTP) and real databases."""

import json
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import boto3
import pytest
import redis
from sqlalchemy import Engine

from shared.database.engine import open_engine
from tests.chaos.servers.wire import Wire
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.stored import batches, jobs
from tests.support.catalogue.uploading import message, record, s3_url, shut
from tests.support.programs import Running, deadline, run, running
from tests.support.services import free_port
from tests.support.services.s3 import Bucket
from tests.support.upload_queue import UploadQueue, new_queue, queue

__all__ = ["queue"]  # a fixture

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOBODY = "redis://:s3cret@127.0.0.1:1/0"


@pytest.fixture
def environment(moto_bucket: Bucket, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        **moto_bucket.environment,
        "AWS_ENDPOINT_URL_SQS": moto_bucket.endpoint,
        "DATABASE_URL": database_url,
        "CELERY_BROKER_URL": redis_url,
        "COLOURWAY_UPLOAD_KEYS": "{sku}/{number}.jpg",
        "COLOURWAY_ALLOWED_BUCKETS": "*",
        "COLOURWAY_LOG_FORMAT": "json",
    }


@pytest.fixture
def once(shell: Shell, environment: dict[str, str], queue: UploadQueue) -> Callable[..., Any]:
    """Empties the queue in this process, and returns what was heard."""
    shell.set(**environment)

    def call(*more: object) -> Any:
        return shell.answer("listen", "--queue-url", queue.url, "--once", *more)

    return call


def notifications(broker: str) -> int:
    with redis.Redis.from_url(broker) as client:
        return client.llen("colourway.1.uploads")


def wait_until(true: Callable[[], bool], *parts: Running) -> None:
    for _ in deadline():
        for part in parts:
            part.check_alive()
        if true():
            return


def test_from_a_bucket_through_the_queue_into_the_ledger(
    queue: UploadQueue,
    moto_bucket: Bucket,
    once: Callable[..., Any],
    engine: Engine,
    redis_url: str,
) -> None:
    """The server's own notifications, a test event before them, a removal behind them."""
    s3 = boto3.session.Session().client("s3")
    arn = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["QueueArn"])
    events = {
        "QueueArn": arn["Attributes"]["QueueArn"],
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
    }
    s3.put_bucket_notification_configuration(
        Bucket=moto_bucket.name, NotificationConfiguration={"QueueConfigurations": [events]}
    )
    for key in ("red dress/1.jpg", "café+/2.jpg", "notes.txt"):
        s3.put_object(Bucket=moto_bucket.name, Key=key, Body=key.encode())
    s3.delete_object(Bucket=moto_bucket.name, Key="red dress/1.jpg")
    queue.send(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"}))

    heard = once()

    assert heard["messages"] == heard["deleted"] >= 5
    assert (heard["jobs"], heard["left"]) == (2, 0)
    assert heard["effects"]["retired"] == heard["effects"]["unmatched"] == 1
    assert heard["effects"]["malformed"] == 0
    assert queue.left() == 0
    ((url, generation, state, _, _),) = jobs(engine)
    assert (url, generation, state) == (f"s3://{moto_bucket.name}/café+/2.jpg", 1, "pending")
    assert [row[1:] for row in batches(engine)] == [("upload", f"s3://{moto_bucket.name}")]
    assert notifications(redis_url) == 1


@on_sqlite
def test_poison_is_named_and_left_and_its_neighbours_are_done(
    queue: UploadQueue, shell: Shell, once: Callable[..., Any], engine: Engine
) -> None:
    bad = record("", "01")
    bad["s3"]["object"]["key"] = "%FF.jpg"
    queue.send("no JSON", message(record("A/1.jpg", "01")), message(bad, record("B/1.jpg", "01")))

    words = ("--queue-url", queue.url, "--once", "--json", "--limit", 3)
    said = shell.call("listen", *words)
    heard = json.loads(said.out)

    assert (heard["messages"], heard["deleted"], heard["left"], heard["jobs"]) == (3, 1, 2, 2)
    assert "it is no JSON" in said.err
    assert "is no UTF-8 once it is decoded" in said.err
    assert queue.left() == 2
    assert sorted(url for url, *_ in jobs(engine)) == [s3_url("A/1.jpg"), s3_url("B/1.jpg")]
    for _ in deadline():  # the queue counts, and puts them aside
        once()
        if queue.left(queue.dead_url) == 2:
            break
    assert queue.left() == 0
    assert len(jobs(engine)) == 2


@on_sqlite
def test_doubles_and_a_limit(queue: UploadQueue, once: Callable[..., Any], engine: Engine) -> None:
    queue.send(*[message(record("A/1.jpg", "01"))] * 4)
    first = once("--limit", "1")
    assert (first["messages"], first["jobs"]) == (1, 1)
    rest = once()
    assert (rest["messages"], rest["deleted"], rest["jobs"]) == (3, 3, 0)
    assert rest["effects"]["old"] == 3
    assert len(jobs(engine)) == 1


@on_sqlite
def test_a_broker_that_is_away_loses_nothing(
    queue: UploadQueue, shell: Shell, environment: dict[str, str], engine: Engine, redis_url: str
) -> None:
    shell.set(**{**environment, "CELERY_BROKER_URL": NOBODY})
    queue.send(message(record("A/1.jpg", "01")))
    said = shell.call("listen", "--queue-url", queue.url, "--once")

    assert said.exit_code == 0, said.err
    assert "messages: 1 (1 deleted, 0 left in the queue)" in said.out
    assert "the broker cannot be reached" in said.err
    assert "s3cret" not in said.err
    assert notifications(redis_url) == 0
    (job,) = jobs(engine)
    assert job[2] == "pending"
    shell.set(CELERY_BROKER_URL=redis_url)
    assert shell.answer("dispatch")["jobs"] == 1
    assert notifications(redis_url) == 1


@pytest.fixture
def listener(environment: dict[str, str], queue: UploadQueue, tmp_path: Path) -> Generator[Running]:
    asked = {**environment, "COLOURWAY_UPLOAD_QUEUE_URL": queue.url}
    with running(asked, tmp_path / "listen.log", "colourway", "listen") as program:
        yield program


@on_sqlite
def test_sigterm_ends_a_listener_that_waits_at_once(
    listener: Running, queue: UploadQueue, engine: Engine
) -> None:
    queue.send(message(record("A/1.jpg", "01")))
    wait_until(lambda: len(jobs(engine)) == 1 and queue.left() == 0, listener)
    assert listener.terminate() == 0
    assert "messages: 1 (1 deleted" in listener.said


@pytest.mark.parametrize("is_stopped", [False, True], ids=["waits", "is stopped"])
def test_a_database_that_is_away_costs_no_receive(
    is_stopped: bool, moto_bucket: Bucket, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    """The message stays in hand, longer than its visibility timeout, or is handed back at once."""
    queue = new_queue(moto_bucket.endpoint, receives=2 if is_stopped else 1)
    environment = {
        "AWS_ENDPOINT_URL_SQS": moto_bucket.endpoint,
        "DATABASE_URL": postgres_url,
        "CELERY_BROKER_URL": redis_url,
        "COLOURWAY_UPLOAD_KEYS": "{sku}/{number}.jpg",
        "COLOURWAY_ALLOWED_BUCKETS": "*",
        "COLOURWAY_UPLOAD_QUEUE_URL": queue.url,
        "COLOURWAY_LOG_FORMAT": "json",
    }
    with running(environment, tmp_path / "log", "colourway", "listen") as listener:
        queue.send(message(record("A/1.jpg", "01")))
        wait_until(lambda: queue.left() == 0, listener)
        with shut(postgres_url):
            queue.send(message(record("B/1.jpg", "01")))
            # At the fourth time the visibility timeout has passed.
            tries = 1 if is_stopped else 4
            wait_until(lambda: len(listener.records("the database fails")) >= tries, listener)
            if is_stopped:
                assert listener.terminate() == 0
                assert "messages: 2 (1 deleted, 1 left" in listener.said
        if is_stopped:  # it was hidden for two minutes, and is there again now
            run(environment, "colourway", "listen", "--once")
        else:
            wait_until(lambda: queue.left() == 0, listener)
            assert listener.terminate() == 0
    assert queue.left() == queue.left(queue.dead_url) == 0
    engine = open_engine(postgres_url)
    assert [url for url, *_ in jobs(engine)] == [s3_url("A/1.jpg"), s3_url("B/1.jpg")]
    engine.dispose()


def test_a_queue_that_does_not_answer_is_asked_again(
    shell: Shell,
    moto_bucket: Bucket,
    queue: UploadQueue,
    sqlite_url: str,
    redis_url: str,
    tmp_path: Path,
) -> None:
    """A second door to the same queues, that opens later."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    environment = {
        "AWS_ENDPOINT_URL_SQS": endpoint,
        "DATABASE_URL": sqlite_url,
        "CELERY_BROKER_URL": redis_url,
        "COLOURWAY_UPLOAD_KEYS": "{sku}/{number}.jpg",
        "COLOURWAY_ALLOWED_BUCKETS": "*",
        "COLOURWAY_UPLOAD_QUEUE_URL": queue.url.replace(moto_bucket.endpoint, endpoint),
        "COLOURWAY_LOG_FORMAT": "json",
    }
    queue.send(message(record("A/1.jpg", "01")))
    shell.set(**environment)
    said = shell.call("listen", "--once")
    assert said.exit_code == 1
    assert "Could not connect" in said.err
    with running(environment, tmp_path / "log", "colourway", "listen") as listener:
        wait_until(lambda: bool(listener.records("the queue does not answer")), listener)
        door = Wire(int(moto_bucket.endpoint.rpartition(":")[2]), port)
        try:
            wait_until(lambda: queue.left() == 0, listener)
            assert listener.terminate() == 0
        finally:
            door.close()
    engine = open_engine(sqlite_url)
    assert [url for url, *_ in jobs(engine)] == [s3_url("A/1.jpg")]
    engine.dispose()


@pytest.mark.parametrize(
    ("words", "more", "exit_code", "reason"),
    [
        ([], {}, 2, "name the queue with --queue-url or COLOURWAY_UPLOAD_QUEUE_URL"),
        (["URL-of-nothing"], {}, 1, "SQS answered"),
        (["URL"], {"COLOURWAY_UPLOAD_KEYS": "{name}.jpg"}, 2, "COLOURWAY_UPLOAD_KEYS"),
        (["URL"], {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, 1, "no credentials"),
        (["URL"], {"AWS_DEFAULT_REGION": ""}, 2, "set AWS_DEFAULT_REGION"),
    ],
)
def test_what_is_not_there_is_named(
    queue: UploadQueue,
    moto_bucket: Bucket,
    sqlite_url: str,
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    more: dict[str, str],
    exit_code: int,
    reason: str,
) -> None:
    shell.set(
        AWS_ENDPOINT_URL_SQS=moto_bucket.endpoint,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        DATABASE_URL=sqlite_url,
    )
    for variable, value in more.items():
        if value:
            monkeypatch.setenv(variable, value)
        else:
            monkeypatch.delenv(variable)
    urls = [word.replace("URL", queue.url) for word in words]
    said = shell.call("listen", "--once", *[part for url in urls for part in ("--queue-url", url)])
    assert said.exit_code == exit_code, said.err
    assert reason in said.err
