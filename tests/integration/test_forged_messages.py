"""Forged messages on real brokers: none ends a worker, and what stands behind them is served."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from amqp.exceptions import NotFound
from kombu import Connection
from kombu import Queue as BrokerQueue
from sqlalchemy import Engine

from shared.contracts.jobs import JobState, Queue
from shared.database.engine import open_engine
from shared.queue.celery_app import build_app, publish, queue_name
from shared.queue.message import Notification
from shared.queue.refused import MOST_REFUSED, KeptInRabbitmq, keep_in_redis, refused_queue
from shared.settings import Settings, get_settings
from tests.support.forged import FORGED, RAW, Forged
from tests.support.paused_queue import paused_queue
from tests.support.queue_process import (
    PATIENCE_S,
    WORKER,
    Process,
    add_pictures,
    celery,
    rows,
)


@pytest.fixture(params=["redis", "rabbitmq"])
def broker_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def settings(broker_url: str, sqlite_url: str, tmp_path: Path) -> Settings:
    return settings_of(broker_url, sqlite_url, tmp_path)


def settings_of(broker_url: str, database_url: str, home: Path, **more: object) -> Settings:
    return get_settings(
        broker_url=broker_url, database_url=database_url, home=home, fetch_threads=1, **more
    )


@pytest.fixture
def ledger(sqlite_url: str) -> Generator[Engine]:
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


def forge(url: str, queue: str, messages: list[Forged]) -> None:
    """Write messages to a queue as anybody could who can write to the broker."""
    # Confirmed, or RabbitMQ may drop the last ones: findings/rabbitmq-last-messages.sh.
    with Connection(url, transport_options={"confirm_publish": True}) as connection:
        channel: Any = connection.channel()
        for forged in messages:
            message = channel.prepare_message(
                forged.body.encode() if isinstance(forged.body, str) else forged.body,
                content_type=forged.content_type,
                content_encoding=forged.content_encoding,
                headers=forged.headers,
            )
            channel.basic_publish(message, exchange="", routing_key=queue)


def kept(url: str, name: str) -> int:
    """Count the messages that the broker holds; none where there is no such queue."""
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            return cast("int", client.llen(name))
    with Connection(url) as connection:
        channel: Any = connection.channel()
        try:
            return int(channel.queue_declare(name, passive=True).message_count)
        except NotFound:
            return 0


def states(engine: Engine) -> list[tuple[JobState, int]]:
    return [(state, attempts) for state, attempts, _ in rows(engine)]


PENDING, DONE = (JobState.PENDING, 0), (JobState.FAILED, 1)  # an address that is not allowed


def ready(worker: Process, settings: Settings, ledger: Engine, job: int) -> None:
    """Return once the worker has done a job: its queues are declared, its networks loaded."""
    publish(Notification((job,)), Queue.NIGHTLY, build_app(settings))
    worker.wait_for(lambda: DONE in states(ledger))


def test_no_forged_message_ends_a_worker_nor_is_executed(
    settings: Settings, ledger: Engine, tmp_path: Path
) -> None:
    untouched, first, last = add_pictures(ledger, [f"http://10.0.0.1/{n}.jpg" for n in range(3)])
    assert untouched == 1, "the forged messages name job 1"
    url, name, queue = settings.broker_url, refused_queue("colourway"), queue_name("nightly")
    count = len(FORGED)

    with celery(settings, tmp_path, *WORKER) as worker:
        ready(worker, settings, ledger, first)
        forge(url, queue, FORGED)
        if url.startswith("redis"):
            with redis.Redis.from_url(url) as client:
                client.lpush(queue, *RAW)
            count += len(RAW)
        publish(Notification((last,)), Queue.NIGHTLY, build_app(settings))

        worker.wait_for(lambda: kept(url, name) == count)
        worker.wait_for(lambda: states(ledger)[2] == DONE)  # and was not delivered again: see below

        assert worker.popen.poll() is None
        assert states(ledger) == [PENDING, DONE, DONE]
        assert kept(url, name) == count >= 100
        worker.wait_for(lambda: worker.said.count("message refused") == 10 + count // 100)
        assert f'"refused": {count // 100 * 100},' in worker.said
        assert worker.said.count("Connected to") == 1, "it lost its broker"
        assert worker.end() == 0


def test_a_message_waits_until_its_copy_is_kept(
    rabbitmq_url: str, sqlite_url: str, ledger: Engine, tmp_path: Path
) -> None:
    settings = settings_of(rabbitmq_url, sqlite_url, tmp_path)
    (first,) = add_pictures(ledger, ["http://10.0.0.1/1.jpg"])
    name, queue = refused_queue("colourway"), queue_name("nightly")
    with celery(settings, tmp_path, *WORKER) as worker:
        ready(worker, settings, ledger, first)
        forge(rabbitmq_url, queue, FORGED[:1])
        worker.wait_for(lambda: kept(rabbitmq_url, name) == 1)
        with paused_queue(rabbitmq_url, name):
            forge(rabbitmq_url, queue, FORGED[1:5])
            worker.wait_for(lambda: '"refused": 2,' in worker.said)
            assert worker.end() == 0
    with celery(settings, tmp_path, *WORKER) as worker:
        worker.wait_for(lambda: kept(rabbitmq_url, name) >= len(FORGED[:5]))
        assert worker.end() == 0


def test_a_queue_that_somebody_deletes_is_made_again_and_nothing_is_lost(
    rabbitmq_url: str, sqlite_url: str, ledger: Engine, tmp_path: Path
) -> None:
    settings = settings_of(rabbitmq_url, sqlite_url, tmp_path)
    (first,) = add_pictures(ledger, ["http://10.0.0.1/1.jpg"])
    name, queue = refused_queue("colourway"), queue_name("nightly")
    with celery(settings, tmp_path, *WORKER) as worker, Connection(rabbitmq_url) as connection:
        ready(worker, settings, ledger, first)
        channel: Any = connection.default_channel
        for turn in range(2):
            assert channel.queue_delete(name) == 20 * turn
            forge(rabbitmq_url, queue, FORGED[:20])
            worker.wait_for(lambda: kept(rabbitmq_url, name) == 20)
        assert "queue of refused messages made again" in worker.said
        assert worker.said.count("Connected to") == 1, "it lost its broker"
        assert worker.end() == 0
    assert kept(rabbitmq_url, queue) == 0, "all were acknowledged"
    assert kept(rabbitmq_url, name) == 20


def test_a_message_whose_copy_is_refused_comes_again(rabbitmq_url: str) -> None:
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    received: list[Any] = []
    with Connection(rabbitmq_url) as connection:
        channel: Any = connection.default_channel
        keeper = KeptInRabbitmq("kept", connection)
        channel.queue_delete("kept")
        channel.queue_declare("kept", auto_delete=False, arguments=full)
        channel.queue_declare("work", auto_delete=False)
        for queue in ("kept", "work"):
            forge(rabbitmq_url, queue, [Forged({})])

        def receive(message: Any) -> None:
            received.append(message)
            if message.delivery_info["redelivered"]:
                channel.queue_purge("kept")
            keeper.keep(message, "its copy")

        with connection.Consumer(BrokerQueue("work", no_declare=True), on_message=receive):
            while len(received) < 2 or not received[1].acknowledged:
                connection.drain_events(timeout=PATIENCE_S)
        assert [message.delivery_info["redelivered"] for message in received] == [False, True]
        assert channel.basic_get("kept").body == "its copy"
    assert kept(rabbitmq_url, "work") == 0, "it was acknowledged"


def test_what_is_compressed_is_not_unpacked(
    settings: Settings, ledger: Engine, tmp_path: Path
) -> None:
    untouched, first = add_pictures(ledger, ["http://10.0.0.1/1.jpg", "http://10.0.0.1/2.jpg"])
    url, name = settings.broker_url, refused_queue("colourway")
    with celery(settings, tmp_path, *WORKER) as worker:
        ready(worker, settings, ledger, first)
        with Connection(url) as connection:
            connection.Producer().publish(
                [[{"v": 1, "job_ids": [untouched]}], {}, {}],
                routing_key=queue_name("nightly"),
                headers={"task": "colourway.process", "id": "1"},
                compression="gzip",
            )
        worker.wait_for(lambda: kept(url, name) == 1)
        worker.wait_for(lambda: "it is compressed" in worker.said)
        assert states(ledger) == [PENDING, DONE]
        assert worker.end() == 0


def answers_ping(control: Any) -> bool:
    """Whether a worker answers within five seconds; a busy one may need to be asked again."""
    answers = control.inspect(timeout=5, limit=1).ping() or {}
    return [answer["ok"] for answer in answers.values()] == ["pong"]


def test_remote_control_answers_and_takes_no_orders(
    redis_url: str, sqlite_url: str, ledger: Engine, tmp_path: Path
) -> None:
    settings = settings_of(redis_url, sqlite_url, tmp_path)
    (job,) = add_pictures(ledger, ["http://10.0.0.1/1.jpg"])
    topic = f"/{redis_url.rpartition('/')[2]}.celery.pidbox"
    with celery(settings, tmp_path, *WORKER) as worker, redis.Redis.from_url(redis_url) as client:
        ready(worker, settings, ledger, job)
        heard = [client.publish(topic, raw) for raw in RAW]
        assert heard == [1] * len(RAW)
        control = build_app(settings).control
        for order in ("shutdown", "pool_shrink", "cancel_consumer", "no order"):
            control.broadcast(order)
        worker.wait_for(lambda: answers_ping(control))
        assert worker.said.count("pidbox command error") == 4
        assert worker.popen.poll() is None
        worker.wait_for(lambda: '"refused": 1,' in worker.said)
        assert worker.said.count("Connected to") == 1
        assert worker.end() == 0


def test_what_is_kept_has_a_bound(redis_url: str) -> None:
    name = refused_queue("colourway")
    with redis.Redis.from_url(redis_url) as client:
        for number in range(MOST_REFUSED + 5):
            keep_in_redis(client, name, str(number))
        assert client.llen(name) == MOST_REFUSED
        assert client.lindex(name, 0) == str(MOST_REFUSED + 4).encode()


def test_a_list_that_cannot_be_written_keeps_no_message_back(
    redis_url: str, sqlite_url: str, ledger: Engine, tmp_path: Path
) -> None:
    settings = settings_of(redis_url, sqlite_url, tmp_path)
    first, last = add_pictures(ledger, ["http://10.0.0.1/1.jpg", "http://10.0.0.1/2.jpg"])
    with celery(settings, tmp_path, *WORKER) as worker, redis.Redis.from_url(redis_url) as client:
        ready(worker, settings, ledger, first)
        client.set(refused_queue("colourway"), "no list")
        client.lpush(queue_name("nightly"), *RAW[:2])
        forge(redis_url, queue_name("nightly"), FORGED[:2])
        publish(Notification((last,)), Queue.NIGHTLY, build_app(settings))
        worker.wait_for(lambda: states(ledger)[1] == DONE)
        assert worker.said.count("refused message not kept") == 4
        assert '"refused": 4,' in worker.said
        assert worker.end() == 0


def test_with_a_prefix_all_is_as_without(
    broker_url: str, sqlite_url: str, ledger: Engine, tmp_path: Path
) -> None:
    settings = settings_of(broker_url, sqlite_url, tmp_path, queue_prefix="outlet")
    untouched, first = add_pictures(ledger, ["http://10.0.0.1/1.jpg", "http://10.0.0.1/2.jpg"])
    before = "outlet:" if broker_url.startswith("redis") else ""
    with celery(settings, tmp_path, *WORKER) as worker:
        ready(worker, settings, ledger, first)
        build_app(settings).send_task("colourway.process", args=[{"v": 2, "job_ids": [untouched]}])
        worker.wait_for(lambda: kept(broker_url, f"{before}outlet.refused") == 1)
        assert states(ledger) == [PENDING, DONE]
        assert build_app(settings).control.inspect(timeout=30, limit=1).ping()
        assert worker.end() == 0
    if before:
        with redis.Redis.from_url(broker_url) as client:
            record = json.loads(cast("bytes", client.lindex("outlet:outlet.refused", 0)))
            assert "expected version 1" in record["reason"]
            keys = {key.decode() for key in cast("list[bytes]", client.keys("*"))}
        assert {key for key in keys if not key.startswith("outlet:")} <= {"colourway-test-lock"}
        assert not keys & {"outlet:unacked", "outlet:unacked_index"}
