"""What the ledger costs a picture: dispatch, claim and record, at chunks of 32.

usage: python -m bench.catalogue.ledger [PICTURES] [SERVER_URL]

Without a URL it takes the PostgreSQL on its usual port.
"""

import os
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import uuid4

from redis import Redis, RedisError

from bench.rig.postgres import NoServerError, new_database
from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.product import FeedPicture, FeedProduct
from shared.contracts.jobs import Claim, Queue
from shared.contracts.results import PictureKeys, PictureResult, Provenance, Region, Shade
from shared.database.engine import open_engine, upgrade
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import build_app, publish
from shared.queue.dispatch import dispatch_due
from shared.queue.message import Notification
from shared.settings import get_settings

PICTURES = 3200
CHUNK = 32
PICTURES_A_PRODUCT = 2
AIM_MS = 2.0

TOGETHER = (1, 5, CHUNK)
"""How many results share a transaction: of slow pictures, of one each 50 ms, of a whole chunk."""


@dataclass(slots=True)
class Costs:
    """Seconds of the clock and of this process, by what they were spent on."""

    wall_s: dict[str, float] = field(default_factory=dict[str, float])
    cpu_s: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def of(self, what: str) -> Generator[None]:
        """Add what the block takes."""
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        yield
        self.wall_s[what] = self.wall_s.get(what, 0.0) + time.perf_counter() - wall_s
        self.cpu_s[what] = self.cpu_s.get(what, 0.0) + time.process_time() - cpu_s

    def show(self, pictures: int) -> None:
        """Print milliseconds a picture, and their sum."""
        rows = [(what, self.wall_s[what], self.cpu_s[what], "") for what in self.wall_s]
        if len(rows) > 1:
            both = sum(self.wall_s.values()), sum(self.cpu_s.values())
            rows.append(("together", *both, f"  (aim: ≤ {AIM_MS:g})"))
        for what, wall_s, cpu_s, aim in rows:
            print(
                f"  {what:<10} {1000 * wall_s / pictures:6.3f} ms a picture, "
                f"{1000 * cpu_s / pictures:6.3f} of them in this process{aim}",
                flush=True,
            )


def feed(pictures: int) -> Iterator[FeedProduct]:
    """Yield products of two pictures each."""
    for number in range(pictures // PICTURES_A_PRODUCT):
        urls = (f"https://shop.example/{number}/{view}.jpg" for view in range(PICTURES_A_PRODUCT))
        yield FeedProduct(
            line=number, sku=f"S{number}", pictures=[FeedPicture(url) for url in urls]
        )


def result(claim: Claim) -> PictureResult:
    """Return what a picture of a person gives: nine shades in three regions."""
    sha256 = f"{claim.job_id:064x}"
    folder = f"{sha256[:2]}/{sha256}/1"
    return PictureResult(
        image_sha256=sha256,
        size_hw=(1200, 800),
        subject="person",
        score=0.9876,
        box_yxyx=(40, 210, 1180, 620),
        shades={
            region: tuple(
                Shade(
                    f"#{claim.job_id * 977 % 2**24:06x}",
                    (52.25 + shade, 12.5, -30.125),
                    1 / count,
                    "French navy",
                    "navy",
                )
                for shade in range(count)
            )
            for region, count in ((Region.CLOTHES, 5), (Region.SKIN, 2), (Region.HAIR, 2))
        },
        confidence=0.8765,
        keys=PictureKeys(f"{folder}/top.webp", f"{folder}/outfit.webp"),
        provenance=Provenance(
            sha256, "3", {"mask_rcnn": "ab" * 32, "pix2pix": "cd" * 32}, "2", "7"
        ),
        timings_ms={"fetch": 120.5, "decode": 9.25, "mask": 59.0, "segment": 140.0, "store": 20.5},
    )


def measure(url: str, pictures: int, together: int) -> Costs:
    """Take pictures through the ledger as one worker would, without doing anything to them.

    ``together`` says how many results share a transaction.
    """
    engine = open_engine(url)
    ledger = Ledger(engine, get_settings(database_url=url))
    costs = Costs()
    enqueue(engine, feed(pictures), Order("bench"))
    notifications: list[Notification] = []
    with costs.of("dispatch"):
        assert dispatch_due(ledger, notifications.append, CHUNK) == pictures
    for notification in notifications:
        while True:  # as a worker does: until nothing comes
            with costs.of("claim"):
                claims = ledger.claim(notification.job_ids, CHUNK)
            if not claims:
                break
            results = [(claim, result(claim)) for claim in claims]
            with costs.of("record"):
                for start in range(0, len(results), together):
                    assert all(ledger.finish_many(results[start : start + together]))
    assert {row.state.value for row in ledger.status()} == {"done"}
    engine.dispose()
    return costs


def publish_on_redis(count: int) -> None:
    """Print what publishing costs where a Redis answers on its usual port; leave nothing there."""
    url = "redis://127.0.0.1:6379/0"
    client = cast("Any", Redis.from_url(url, socket_connect_timeout=1))  # it has few types
    prefix = f"bench-{uuid4().hex}-"
    through = build_app(get_settings(broker_url=url))
    through.conf.broker_transport_options["global_keyprefix"] = prefix
    notification = Notification(tuple(range(10**6, 10**6 + CHUNK)))
    costs = Costs()
    try:
        client.ping()
        publish(notification, Queue.NIGHTLY, through)  # connects
        with costs.of("publish"):
            for _ in range(count):
                publish(notification, Queue.NIGHTLY, through)
        client.delete(*client.scan_iter(f"{prefix}*"))
    except RedisError as error:
        print(f"Redis: {error}")
        return
    print(f"Redis, {count} notifications")
    costs.show(count * CHUNK)


def main(pictures: int = PICTURES, server: str | None = None) -> None:
    """Measure on both databases."""
    pictures -= pictures % PICTURES_A_PRODUCT
    load = os.getloadavg()[0]
    print(
        f"{pictures:,} pictures, {PICTURES_A_PRODUCT} a product, chunks of {CHUNK}; load {load:.1f}"
    )
    for together in TOGETHER:
        with TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'colourway.db'}"
            upgrade(url)
            costs = measure(url, pictures, together)
        print(f"SQLite, {together} results to a transaction")
        costs.show(pictures)
    for together in TOGETHER:
        try:
            with new_database(server) as url:
                costs = measure(url, pictures, together)
        except NoServerError as error:
            print(f"PostgreSQL: {error}")
            break
        print(f"PostgreSQL, {together} results to a transaction")
        costs.show(pictures)
    publish_on_redis(pictures // CHUNK)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES, *sys.argv[2:3])
