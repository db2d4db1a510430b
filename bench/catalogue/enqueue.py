"""A CSV into the ledger, jobs dispatched: products/s, processor time, and the command's memory.

usage: python -m bench.catalogue.enqueue [--products N] [--postgres URL] [--redis URL]

Servers are looked for on their usual ports. The benchmark makes a database of its own in
PostgreSQL and drops it again, and uses a database of Redis that is empty. SQLite comes second.
"""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import redis
from sqlalchemy import make_url

from bench.rig.broker import USUAL, NoBrokerError, empty_broker
from bench.rig.postgres import NoServerError, new_database
from bench.rig.processor_time import ProcessorTime, backends
from shared.database.engine import upgrade

PRODUCTS = 1_000_000
AIM_MB = 300
AIM_NEW = 10_000
AIM_UNCHANGED = 20_000
COMMAND = [sys.executable, "-c", "from colourway.cli import main; main()"]
NOTIFICATIONS = "colourway.2.nightly"


@dataclass(frozen=True)
class Run:
    """What one call of the command took."""

    wall_s: float
    command_s: float
    server_s: float | None
    peak_mb: float
    notifications: int

    def show(self, what: str, products: int, aim: int | None) -> None:
        """Print it on two lines."""
        wanted = f" (aim: ≥ {aim:,})" if aim else ""
        server = f", of PostgreSQL {self.server_s:.0f} s" if self.server_s is not None else ""
        print(
            f"{what}: {products / self.wall_s:,.0f} products/s{wanted}, {self.wall_s:.1f} s; "
            f"{self.notifications:,} notifications published\n"
            f"  processor time of the command {self.command_s:.1f} s{server}; "
            f"peak {self.peak_mb:.0f} MB (aim: < {AIM_MB})",
            flush=True,
        )


def write_feed(path: Path, products: int) -> None:
    """Write a feed whose skus come in no order, as from a shop's database."""
    step = 7919  # a prime that divides no round number, so that each sku comes once
    with path.open("w", encoding="utf-8") as file:
        file.write("sku,title,category,colour,image_link\n")
        for row in range(products):
            number = row * step % products
            file.write(
                f'SKU-{number:08d},"Dress, no. {number}",dresses,Sage,'
                f"https://pictures.shop.example/{number % 1000:03d}/{number:08d}-front.jpg\n"
            )


def enqueue(feed: Path, url: str, broker: str, pids: Callable[[], Iterable[int]] | None) -> Run:
    """Run the command in a process of its own, beginning with an empty queue."""
    client = redis.Redis.from_url(broker)
    client.delete(NOTIFICATIONS)
    environment = os.environ | {"DATABASE_URL": url, "CELERY_BROKER_URL": broker}
    started = time.monotonic()
    said_path = feed.parent / "said.txt"
    with said_path.open("w+", encoding="utf-8") as said, ProcessorTime(pids or list) as server:
        process = subprocess.Popen(
            [*COMMAND, "enqueue", str(feed)], env=environment, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)  # what this child alone has used
        if status:
            said.seek(0)
            raise SystemExit(f"enqueue failed: {said.read()}")
        wall_s = time.monotonic() - started
    return Run(
        wall_s,
        used.ru_utime + used.ru_stime,
        server.seconds if pids else None,
        used.ru_maxrss / 1024,
        client.llen(NOTIFICATIONS),
    )


def measure(feed: Path, products: int, url: str, broker: str) -> None:
    """Enqueue a feed twice: everything is new, then nothing is."""
    name = make_url(url).get_backend_name()
    aims = (AIM_NEW, AIM_UNCHANGED) if name == "postgresql" else (None, None)
    pids: Callable[[], Iterable[int]] | None = None
    if name == "postgresql":
        plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
        pids = partial(backends, psycopg.connect(plain, autocommit=True))
    for what, aim in zip(("everything new", "the same feed again"), aims, strict=True):
        load = os.getloadavg()[0]
        enqueue(feed, url, broker, pids).show(f"{name}, {what}", products, aim)
        print(f"  load of the machine before: {load:.1f}", flush=True)


def main(products: int, postgres: str | None, broker_server: str) -> None:
    """Measure on PostgreSQL, then on SQLite."""
    with TemporaryDirectory() as folder, empty_broker(broker_server) as broker:
        feed = Path(folder) / "feed.csv"
        write_feed(feed, products)
        print(f"{products:,} products, one picture each, {feed.stat().st_size / 1e6:.0f} MB of CSV")
        try:
            with new_database(postgres) as url:
                measure(feed, products, url, broker)
        except NoServerError as error:
            print(f"postgresql: {error}")
        url = f"sqlite:///{folder}/colourway.db"
        upgrade(url)
        measure(feed, products, url, broker)


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.catalogue.enqueue")
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--postgres", help="URL of a server, as its user who may make databases")
    parser.add_argument("--redis", default=USUAL, help=f"URL of a server ({USUAL})")
    given = parser.parse_args()
    try:
        main(given.products, given.postgres, given.redis)
    except NoBrokerError as failure:
        sys.exit(str(failure))
