"""What makes a long enqueue bearable: workers begin meanwhile, and a killed one can go on."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery.exceptions import OperationalError
from sqlalchemy import func, select

from producer.dispatching import streaming as module
from producer.dispatching.streaming import StreamingDispatcher
from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.product import FeedProduct
from shared.contracts.jobs import Queue, Trigger
from shared.database.engine import open_engine
from shared.database.models import Job, Product, ProductImage
from shared.ledger.ledger import Ledger
from shared.queue import celery_app
from shared.queue.message import Notification
from shared.settings import get_settings
from tests.support.catalogue.stored import product, url
from tests.support.programs import ask, deadline

QUEUE = "colourway.2.nightly"


def dispatched_for(broker: str) -> list[int]:
    """Return the jobs of all notifications that wait."""
    with redis.Redis.from_url(broker) as client:
        messages = [json.loads(raw) for raw in client.lrange(QUEUE, 0, -1)]
    bodies = [json.loads(b64decode(message["body"])) for message in messages]
    return [job_id for ((notification,), *_) in bodies for job_id in notification["job_ids"]]


def until_there_is_room(dispatcher: StreamingDispatcher) -> None:
    """Wait until it has asked the broker, and take room for one job of it."""
    for _ in deadline():
        if dispatcher.takes(1):
            return


def test_workers_hear_of_the_first_products_before_the_last_are_read(
    postgres_url: str, redis_url: str
) -> None:
    engine = open_engine(postgres_url)
    settings = get_settings(database_url=postgres_url, broker_url=redis_url, chunk_size=32)
    before_the_end: list[int] = []

    with StreamingDispatcher(engine, settings, Queue.NIGHTLY) as dispatcher:

        def feed() -> Iterator[FeedProduct]:
            until_there_is_room(dispatcher)
            for number in range(1500):
                yield product(f"S{number}", number)
            for _ in deadline():
                if len(dispatched := dispatched_for(redis_url)) >= 992:
                    before_the_end.extend(dispatched)
                    break

        enqueue(engine, feed(), Order("shop", Trigger.NIGHTLY), publisher=dispatcher)
    assert dispatcher.finish().jobs == 1500
    assert sorted(dispatched_for(redis_url)) == list(range(1, 1501))
    assert set(before_the_end) <= set(range(1, 1001))
    with engine.connect() as connection:
        silent = select(func.count()).where(Job.dispatched_at.is_(None))
        assert connection.scalar(silent) == 0
    engine.dispose()


def test_a_full_queue_is_left_alone(
    postgres_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_QUEUE_DEPTH", 40)
    monkeypatch.setattr(celery_app, "MAX_QUEUE_DEPTH", 40)
    engine = open_engine(postgres_url)
    settings = get_settings(database_url=postgres_url, broker_url=redis_url, chunk_size=32)

    with StreamingDispatcher(engine, settings, Queue.NIGHTLY) as dispatcher:

        def feed() -> Iterator[FeedProduct]:
            until_there_is_room(dispatcher)
            for number in range(2500):
                yield product(f"S{number}", number)

        assert enqueue(engine, feed(), Order("shop"), publisher=dispatcher).jobs == 2500
    # 32 notifications take the first thousand jobs, and 8 more have room, with 32 jobs each.
    assert dispatcher.finish().jobs == 1256
    assert len(set(dispatched_for(redis_url))) == 1256
    with engine.connect() as connection:
        silent = select(func.count()).where(Job.dispatched_at.is_(None))
        assert connection.scalar(silent) == 1244
    engine.dispose()


def test_a_broker_that_is_away_holds_nobody_up(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    settings = get_settings(database_url=postgres_url, broker_url="redis://127.0.0.1:1/0")
    with StreamingDispatcher(engine, settings, Queue.NIGHTLY) as dispatcher:
        assert enqueue(engine, [product("A", 1)], Order("shop"), publisher=dispatcher).jobs == 1
    dispatched = dispatcher.finish()
    assert dispatched.jobs == 0
    assert dispatched.failure is not None
    with engine.connect() as connection:
        assert connection.scalar(select(Job.dispatched_at)) is None
    engine.dispose()


def test_jobs_stay_undispatched_where_the_broker_went_away(
    postgres_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgres_url)
    settings = get_settings(database_url=postgres_url, broker_url=redis_url, chunk_size=32)
    dispatched: list[Notification] = []

    def publish_once(notification: Notification, **_: object) -> None:
        if dispatched:
            raise OperationalError("gone")
        dispatched.append(notification)

    monkeypatch.setattr(module, "publish", publish_once)
    with StreamingDispatcher(engine, settings, Queue.NIGHTLY) as dispatcher:
        until_there_is_room(dispatcher)
        feed = [product(f"S{number}", number) for number in range(100)]
        enqueue(engine, feed, Order("shop"), publisher=dispatcher)
    with engine.connect() as connection:
        marked = connection.scalars(select(Job.id).where(Job.dispatched_at.is_not(None)))
        assert sorted(marked) == sorted(dispatched[0].job_ids)
    engine.dispose()


def test_an_enqueue_that_was_killed_goes_on(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    rows = "".join(f"S{number},{url(number)}\n" for number in range(3500))
    environment = {"DATABASE_URL": postgres_url, "CELERY_BROKER_URL": redis_url}
    engine = open_engine(postgres_url)

    def count(model: type[Product | ProductImage | Job]) -> int | None:
        with engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(model))

    with subprocess.Popen(
        [sys.executable, "-c", "from colourway.cli import main; main()", "enqueue", "-"],
        stdin=subprocess.PIPE,
        env=os.environ | environment,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write("sku,image\n" + rows)  # it waits for more, with the last 500 in hand
        process.stdin.flush()
        for _ in deadline():
            if count(Product) == 3000:
                break
        process.kill()
    assert (count(ProductImage), count(Job)) == (3000, 3000)

    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image\n" + rows, encoding="utf-8")
    done = ask(environment, "enqueue", str(feed))
    assert (done["products"], done["new_products"], done["jobs"]) == (3500, 500, 500)
    assert (count(Product), count(ProductImage), count(Job)) == (3500, 3500, 3500)
    assert Ledger(engine, get_settings(database_url=postgres_url)).due(1) == []
    engine.dispose()
