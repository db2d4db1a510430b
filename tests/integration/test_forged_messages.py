"""Forged messages on real brokers: none ends the worker, and what stands behind them is served."""

from pathlib import Path
from typing import Any

import pytest
import redis
from kombu import Connection
from sqlalchemy import Engine

from shared.contracts.jobs import JobState, Queue
from shared.database.engine import open_engine
from shared.queue.celery_app import build_app, publish, queue_name
from shared.queue.guard import keep, refused_queue
from shared.queue.message import Notification
from shared.queue.refusal import MOST_REFUSED
from shared.settings import Settings, get_settings
from tests.support.forged import FORGED, RAW
from tests.support.queue_process import WORKER, add_pictures, celery, rows

QUIET = ("--without-gossip", "--without-mingle")
QUEUE = queue_name("nightly")


@pytest.fixture(params=["redis", "rabbitmq"])
def broker_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def settings(broker_url: str, sqlite_url: str, tmp_path: Path) -> Settings:
    return get_settings(
        broker_url=broker_url, database_url=sqlite_url, home=tmp_path, fetch_threads=1
    )


def forge(url: str) -> int:
    """Write every forged message that the broker takes to a queue; return their number."""
    count = len(FORGED)
    with Connection(url) as connection:
        channel: Any = connection.channel()
        for forged in FORGED:
            message = channel.prepare_message(
                forged.body.encode() if isinstance(forged.body, str) else forged.body,
                content_type=forged.content_type,
                content_encoding=forged.content_encoding,
                headers=forged.headers,
            )
            channel.basic_publish(message, exchange="", routing_key=QUEUE)
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            client.rpush(QUEUE, *RAW)
        count += len(RAW)
    return count


def kept(url: str) -> int:
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            return client.llen(refused_queue())  # pyright: ignore[reportReturnType]
    with Connection(url) as connection:
        channel: Any = connection.channel()
        return int(channel.queue_declare(refused_queue(), passive=True).message_count)


def outcomes(engine: Engine) -> list[tuple[JobState, int]]:
    return [(state, attempts) for state, attempts, _ in rows(engine)]


def test_no_forged_message_ends_a_worker_nor_is_executed(
    settings: Settings, tmp_path: Path
) -> None:
    engine = open_engine(settings.database_url)
    one, two = add_pictures(engine, ["http://10.0.0.1/a.jpg", "http://10.0.0.1/b.jpg"])
    broker = build_app(settings)
    publish(Notification((one,)), Queue.NIGHTLY, broker)  # declares the queue

    with celery(settings, tmp_path, *WORKER, *QUIET) as worker:
        worker.wait_for(lambda: outcomes(engine)[0] == (JobState.FAILED, 1))
        # Job 1 is named by most forged messages: were one executed, this one would be tried.
        assert outcomes(engine)[1] == (JobState.PENDING, 0)
        count = forge(settings.broker_url)
        publish(Notification((two,)), Queue.NIGHTLY, broker)
        worker.wait_for(lambda: outcomes(engine)[1] == (JobState.FAILED, 1))
        worker.wait_for(lambda: kept(settings.broker_url) == count)

        assert worker.popen.poll() is None
        assert "broker lost" not in worker.said
        assert outcomes(engine) == [(JobState.FAILED, 1)] * 2
        assert '"refused": 100' in worker.said
        assert worker.said.count("message refused") == 10 + count // 100
        assert worker.end() == 0
    engine.dispose()


def test_what_is_kept_has_a_bound(redis_url: str) -> None:
    app = build_app(get_settings(broker_url=redis_url))
    with app.connection_for_write() as connection:
        for number in range(MOST_REFUSED + 5):
            keep(app, connection.default_channel, str(number))
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen(refused_queue()) == MOST_REFUSED
        assert client.lindex(refused_queue(), 0) == str(MOST_REFUSED + 4).encode()
