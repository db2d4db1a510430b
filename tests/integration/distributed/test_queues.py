"""The queues of notifications on a real Redis and a real RabbitMQ: who is served first."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from amqp.exceptions import PreconditionFailed
from kombu import Queue as BrokerQueue
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from shared.contracts.jobs import JobState, Queue
from shared.database.models import Job
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import (
    DELIVERY_LIMIT,
    WORDS,
    build_app,
    publish,
    queue_depths,
    queue_name,
    sweep,
)
from shared.queue.dispatch import MAX_QUEUE_DEPTH
from shared.queue.message import Notification
from shared.settings import Settings, get_settings
from tests.support.picture_server import PictureServer
from tests.support.queue_process import ROOT, WORKER, add_pictures, celery, rows
from worker.commands.work import work

QUIET = ("--without-gossip", "--without-mingle")
EMPTY = dict.fromkeys(Queue, 0)


@pytest.fixture(params=["redis", "rabbitmq"])
def broker_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def settings(broker_url: str, postgres_url: str, tmp_path: Path) -> Settings:
    return settings_of(broker_url, postgres_url, tmp_path)


def settings_of(broker_url: str, postgres_url: str, home: Path) -> Settings:
    return get_settings(
        broker_url=broker_url,
        database_url=postgres_url,
        home=home,
        chunk_size=1,
        fetch_threads=1,
        fetch_timeout_s=1.0,
        allowed_networks="127.0.0.0/8",
    )


def all_ended(engine: Engine) -> bool:
    return {state for state, _, _ in rows(engine)} == {JobState.FAILED}


def ended_in_order(engine: Engine) -> list[Queue]:
    with engine.connect() as connection:
        return list(connection.scalars(select(Job.queue).order_by(Job.finished_at)))


def test_queues_that_are_full_already_are_served_by_rank(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path
) -> None:
    broker = build_app(settings)
    for queue, pictures in ((Queue.BACKFILL, 12), (Queue.NIGHTLY, 6), (Queue.UPLOADS, 3)):
        add_pictures(pg, [server.url("/page")] * pictures, queue)
    assert sweep(Ledger(pg, settings), settings, broker) == 21
    assert queue_depths(broker) == {Queue.UPLOADS: 3, Queue.NIGHTLY: 6, Queue.BACKFILL: 12}

    with celery(settings, tmp_path, *WORKER, *QUIET) as worker:
        worker.wait_for(lambda: all_ended(pg))
        assert worker.end() == 0

    order = ended_in_order(pg)
    if settings.broker_url.startswith("redis"):
        assert order == [Queue.UPLOADS] * 3 + [Queue.NIGHTLY] * 6 + [Queue.BACKFILL] * 12
    else:  # in turn: one of each queue is on its way to the worker
        assert order[:11].count(Queue.UPLOADS) == 3
        assert order[:16].count(Queue.NIGHTLY) == 6
    assert queue_depths(broker) == EMPTY


def test_an_upload_is_worked_on_next_though_a_backfill_waits(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path
) -> None:
    broker, ledger = build_app(settings), Ledger(pg, settings)
    add_pictures(pg, [server.url("/silent")] * 40, Queue.BACKFILL)  # a second each
    assert sweep(ledger, settings, broker) == 40

    with celery(settings, tmp_path, *WORKER, *QUIET) as worker:
        worker.wait_for(lambda: server.hits["/silent"] >= 2)
        add_pictures(pg, [server.url("/page")], Queue.UPLOADS)
        assert sweep(ledger, settings, broker, [Queue.UPLOADS]) == 1
        begun = server.hits["/silent"]
        worker.wait_for(lambda: server.hits["/page"] == 1)
        # What was in hand, and one that may have been on its way just then.
        assert server.hits["/silent"] <= begun + 1
        assert worker.end() == 0


def test_a_worker_serves_the_queues_that_it_is_told_to(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path
) -> None:
    broker = build_app(settings)
    add_pictures(pg, [server.url("/page")], Queue.NIGHTLY)
    add_pictures(pg, [server.url("/page")], Queue.UPLOADS)
    assert sweep(Ledger(pg, settings), settings, broker) == 2

    with celery(settings, tmp_path, *WORKER, *QUIET, "-Q", "uploads") as worker:
        worker.wait_for(lambda: rows(pg)[1][0] is JobState.FAILED)
        worker.wait_for(lambda: queue_depths(broker) == EMPTY | {Queue.NIGHTLY: 1})
        assert worker.end() == 0
    assert rows(pg)[0][0] is JobState.PENDING


def test_a_full_queue_takes_no_room_from_the_others(
    redis_url: str, postgres_url: str, pg: Engine, tmp_path: Path
) -> None:
    settings = settings_of(redis_url, postgres_url, tmp_path)
    broker, ledger = build_app(settings), Ledger(pg, settings)
    with broker.producer_pool.acquire() as producer:
        for _ in range(MAX_QUEUE_DEPTH):
            producer.publish({}, routing_key=queue_name(Queue.BACKFILL), exchange="")
    later = add_pictures(pg, ["http://shop.test/1", "http://shop.test/2"], Queue.BACKFILL)
    add_pictures(pg, ["http://shop.test/3"], Queue.UPLOADS)

    assert sweep(ledger, settings, broker) == 1
    assert queue_depths(broker) == {
        Queue.UPLOADS: 1,
        Queue.NIGHTLY: 0,
        Queue.BACKFILL: MAX_QUEUE_DEPTH,
    }
    assert ledger.due(10) == later


def test_a_queue_that_there_is_not_is_named(sqlite_url: str, monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    app = typer.Typer()
    app.command()(work)
    said = CliRunner().invoke(app, ["--queues", "uploads,nightlty"])
    assert said.exit_code == 2
    assert "there is no queue 'nightlty'" in said.stderr
    assert ", ".join(WORDS) == "dispatch, uploads, nightly, backfill"

    command = [sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-Q", "nightlty"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "nightlty" in run.stderr + run.stdout


def test_sorted_names_are_in_the_order_of_service() -> None:
    names = [queue_name(word) for word in WORDS]
    assert names == sorted(names)
    assert names[0] == "colourway.0.dispatch"
    assert WORDS[1:] == tuple(Queue)


def test_rabbitmq_keeps_quorum_queues_beside_those_of_older_versions(
    rabbitmq_url: str, postgres_url: str, pg: Engine, tmp_path: Path
) -> None:
    settings = settings_of(rabbitmq_url, postgres_url, tmp_path)
    broker = build_app(settings)
    with broker.connection_for_write() as connection:
        old = BrokerQueue("colourway.process", channel=connection.default_channel)
        old.declare()
        connection.Producer().publish({}, routing_key="colourway.process", exchange="")

        add_pictures(pg, ["http://shop.test/1", "http://shop.test/2"])
        assert sweep(Ledger(pg, settings), settings, broker) == 2
        assert queue_depths(broker) == EMPTY | {Queue.NIGHTLY: 2}
        assert old.queue_declare().message_count == 1

        for word in WORDS:
            classic = BrokerQueue(queue_name(word), channel=connection.channel())
            if word != "dispatch":  # nobody has sent a sweep yet
                with pytest.raises(PreconditionFailed, match="quorum"):
                    classic.queue_declare()


def test_rabbitmq_drops_a_notification_that_comes_back_too_often(rabbitmq_url: str) -> None:
    broker = build_app(get_settings(broker_url=rabbitmq_url))
    publish(Notification((1,)), Queue.UPLOADS, broker)

    def wait_for_one(queue):
        return next((message for _ in range(100) if (message := queue.get())), None)

    with broker.connection_for_read() as connection:
        queue = BrokerQueue(queue_name(Queue.UPLOADS), channel=connection.default_channel)
        handed_out = 0
        while message := wait_for_one(queue):
            handed_out += 1
            message.reject(requeue=True)
    assert handed_out == DELIVERY_LIMIT + 1
    assert queue_depths(broker) == EMPTY
