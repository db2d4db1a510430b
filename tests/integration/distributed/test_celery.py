"""Notifications over a real Redis, to a real worker process, with outcomes in a real PostgreSQL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
import typer
from kombu.exceptions import OperationalError
from sqlalchemy import Engine
from typer.testing import CliRunner

from producer.commands.dispatch import dispatch
from shared.contracts.jobs import JobState, Queue
from shared.contracts.stages import Code
from shared.errors import SchemaError
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import (
    DISPATCH,
    PROCESS,
    build_app,
    publish,
    queue_depths,
    queue_name,
    sweep,
    transport_options,
)
from shared.queue.dispatch import MAX_QUEUE_DEPTH
from shared.queue.message import Notification
from shared.settings import Settings, get_settings
from tests.support.picture_server import PictureServer
from tests.support.queue_process import WORKER, add_pictures, celery, rows
from worker.commands.work import work

NOBODY_LISTENS = "redis://127.0.0.1:1/0"
NIGHTLY, SWEEPS = queue_name("nightly"), queue_name("dispatch")
EMPTY = dict.fromkeys(Queue, 0)


@pytest.fixture
def settings(redis_url: str, postgres_url: str, tmp_path: Path) -> Settings:
    return get_settings(
        broker_url=redis_url,
        database_url=postgres_url,
        home=tmp_path,
        chunk_size=4,
        fetch_threads=1,
        fetch_timeout_s=1.0,
        allowed_networks="127.0.0.0/8",
    )


def test_a_notification_is_plain_json_and_waits_where_it_should(settings: Settings) -> None:
    broker = build_app(settings)

    publish(Notification((1, 2)), Queue.NIGHTLY, broker)
    publish(Notification((3,)), Queue.NIGHTLY, broker)

    assert queue_depths(broker) == EMPTY | {Queue.NIGHTLY: 2}
    with redis.Redis.from_url(settings.broker_url) as client:
        assert client.llen(NIGHTLY) == 2
        assert client.llen(SWEEPS) == 0
        assert b'"content-type": "application/json"' in client.lindex(NIGHTLY, 0)
    assert broker.control.purge() == 2
    assert queue_depths(broker) == EMPTY


def test_a_sweep_leaves_room_on_the_broker(settings: Settings, pg: Engine) -> None:
    broker = build_app(settings)
    ids = add_pictures(pg, [f"http://shop.test/{number}" for number in range(6)])
    with broker.producer_pool.acquire() as producer:
        for _ in range(MAX_QUEUE_DEPTH - 1):
            producer.publish({}, routing_key=NIGHTLY, exchange="")
    ledger = Ledger(pg, settings)

    assert sweep(ledger, settings, broker) == 4  # one chunk
    assert queue_depths(broker) == EMPTY | {Queue.NIGHTLY: MAX_QUEUE_DEPTH}
    assert sweep(ledger, settings, broker) == 0
    assert ledger.due(10) == ids[4:]


def test_a_broker_that_is_down_is_told_soon(settings: Settings, pg: Engine) -> None:
    add_pictures(pg, ["http://shop.test/1"])
    broker = build_app(settings.model_copy(update={"broker_url": NOBODY_LISTENS}))
    ledger = Ledger(pg, settings)

    with pytest.raises(OperationalError):
        publish(Notification((1,)), Queue.UPLOADS, broker)
    with pytest.raises(OperationalError):
        sweep(ledger, settings, broker)
    assert len(ledger.due(10)) == 1


def test_notifications_outlive_leases(settings: Settings) -> None:
    options = transport_options(settings.model_copy(update={"lease_s": 900.0}))
    assert options["visibility_timeout"] == 2160.0


def run(command: Callable[..., None], *arguments: str) -> Any:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_dispatch_prints_what_it_did(
    settings: Settings, pg: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_pictures(pg, [f"http://shop.test/{number}" for number in range(6)])
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CELERY_BROKER_URL", settings.broker_url)
    monkeypatch.setenv("COLOURWAY_CHUNK_SIZE", "4")

    told = run(dispatch, "--json")
    assert told.exit_code == 0, repr(told.exception)
    assert told.stdout == '{"jobs": 6, "waiting": 2}\n'
    assert run(dispatch).stdout == "dispatched 0 jobs; notifications waiting for a worker: 2\n"


def test_the_command_work_says_what_is_missing(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", NOBODY_LISTENS)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    not_migrated = run(work).exception
    assert isinstance(not_migrated, SchemaError)
    assert "colourway db upgrade" in str(not_migrated)

    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    assert isinstance(run(work).exception, OperationalError)


def test_a_worker_answers_notifications_and_survives_other_messages(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path
) -> None:
    broker = build_app(settings)
    gone, denied, page = server.url("/nothing"), server.url("/status/403"), server.url("/page")
    ids = add_pictures(pg, [gone, denied, page, gone, denied])
    ended = [
        (JobState.FAILED, 1, Code.FETCH_NOT_FOUND),
        (JobState.FAILED, 1, Code.FETCH_DENIED),
        (JobState.FAILED, 1, Code.NOT_AN_IMAGE),
        (JobState.FAILED, 1, Code.FETCH_NOT_FOUND),
        (JobState.FAILED, 1, Code.FETCH_DENIED),
    ]
    broker.send_task(PROCESS, args=["no notification"])
    broker.send_task(PROCESS, args=[{"v": 2, "job_ids": ids}])
    broker.send_task("colourway.unheard_of", queue="uploads")
    assert sweep(Ledger(pg, settings), settings, broker) == 5

    with celery(settings, tmp_path, *WORKER) as worker:
        worker.wait_for(lambda: rows(pg) == ended)

        publish(
            Notification(tuple(ids)), Queue.BACKFILL, broker
        )  # comes twice, and finds nothing to do
        (later,) = add_pictures(pg, [gone])
        publish(Notification((later,)), Queue.UPLOADS, broker)
        worker.wait_for(lambda: rows(pg) == [*ended, ended[0]])
        worker.wait_for(lambda: queue_depths(broker) == EMPTY)

        # A sweep asked for by name, as beat does it.
        add_pictures(pg, [page])
        broker.send_task(DISPATCH)
        worker.wait_for(lambda: rows(pg)[-1] == ended[2])

        stats = broker.control.inspect(timeout=30, limit=1).stats() or {}
        assert [worker["pool"]["implementation"] for worker in stats.values()] == [
            "celery.concurrency.prefork:TaskPool"
        ]
        assert server.hits["/nothing"] == 3
        assert worker.end() == 0
        assert worker.said.count("message refused") == 3

    with redis.Redis.from_url(settings.broker_url) as client:
        assert client.hlen("unacked") == 0


def test_beat_asks_for_sweeps(settings: Settings, tmp_path: Path) -> None:
    with (
        redis.Redis.from_url(settings.broker_url) as client,
        celery(settings, tmp_path, "--app", "shared.celery_app", "beat") as beat,
    ):
        beat.wait_for(lambda: client.llen(SWEEPS) > 0)
        message = client.lindex(SWEEPS, 0)
        assert f'"task": "{DISPATCH}"'.encode() in message
        assert beat.end() == 0
