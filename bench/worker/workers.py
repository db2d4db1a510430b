"""Sixteen worker processes against one, with networks of 50 ms: what ledger and broker cost.

usage: python -m bench.worker.workers [--workers N] [--seconds S] [--postgres URL] [--redis URL]

Real workers on Redis and PostgreSQL, found on their usual ports; nothing is fetched or stored.
"""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import redis
from sqlalchemy import Engine, func, select, text

from bench.rig.broker import USUAL, empty_broker
from bench.rig.postgres import new_database
from bench.rig.sleeping_worker import NETWORKS_S
from producer.dispatching.dispatch import try_dispatch
from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.product import FeedPicture, FeedProduct
from shared.contracts.jobs import JobState
from shared.database.engine import open_engine
from shared.database.models import Job, utc_now
from shared.settings import Settings, get_settings

AIM = 0.95
WARM_UP_S = 5.0
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Rate:
    """What a number of workers did in a span of time, and what processor time it took."""

    workers: int
    pictures_per_s: float
    cpu_ms: dict[str, float]

    def show(self) -> None:
        """Print it on two lines."""
        parts = ", ".join(f"{part} {used:.2f}" for part, used in self.cpu_ms.items())
        idle_ms = 1000 * (self.workers / self.pictures_per_s - NETWORKS_S)
        workers = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        print(
            f"{workers}: {self.pictures_per_s:.1f} pictures/s; beside its networks "
            f"each takes {idle_ms:.1f} ms a picture\n"
            f"  processor time, ms a picture: {parts}",
            flush=True,
        )


@contextmanager
def working(workers: int, environment: dict[str, str], folder: Path) -> Generator[list[int]]:
    """Keep so many workers running; yield the ids of all their processes once they listen."""
    logs = [folder / f"worker-{workers}-{number}.log" for number in range(workers)]
    started = [_start(f"{number}@bench", environment, log) for number, log in enumerate(logs)]
    try:
        _await_ready(started, logs)
        parents = [psutil.Process(process.pid) for process in started]
        yield [each.pid for parent in parents for each in (parent, *parent.children(True))]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(PATIENCE_S)


def _start(name: str, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    words = ["--app", "bench.rig.sleeping_worker", "worker", "--loglevel", "info"]
    words += ["--hostname", name, "--without-gossip", "--without-mingle"]
    with log.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", *words],
            env=os.environ | environment,
            stdout=said,
            stderr=said,
        )


def _await_ready(started: list[subprocess.Popen[bytes]], logs: list[Path]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not all(b" ready" in log.read_bytes() for log in logs):
        if time.monotonic() > end or any(process.poll() is not None for process in started):
            raise SystemExit(f"a worker does not start: {logs[0].read_text()[-2000:]}")
        time.sleep(0.5)


def feed(pictures: int, name: str) -> Generator[FeedProduct]:
    """Yield products of one picture each."""
    for number in range(pictures):
        url = f"https://shop.example/{name}/{number}.jpg"
        yield FeedProduct(number, f"{name}-{number}", pictures=[FeedPicture(url)])


def used_s(pids: Iterable[int]) -> float:
    """Return the processor time that processes have used until now."""
    total = 0.0
    for pid in pids:
        with suppress(psutil.Error):  # it runs on another machine
            times = psutil.Process(pid).cpu_times()
            total += times.user + times.system
    return total


def measure(workers: int, seconds: float, settings: Settings, folder: Path) -> Rate:
    """Let workers work, and count what they finish once all of them are busy."""
    engine = open_engine(settings.database_url)
    environment = {
        "DATABASE_URL": settings.database_url,
        "CELERY_BROKER_URL": settings.broker_url,
        "COLOURWAY_LOG_FORMAT": "json",
    }
    broker = redis.Redis.from_url(settings.broker_url)
    with working(workers, environment, folder) as pids:
        pictures = int(workers / NETWORKS_S * (seconds + 2 * WARM_UP_S))
        enqueue(engine, feed(pictures, f"w{workers}"), Order("bench"))
        dispatched = try_dispatch(engine, settings)
        assert dispatched.jobs == pictures, dispatched.failure
        while finished(engine) < 2 * workers:
            time.sleep(0.1)
        time.sleep(WARM_UP_S)
        before = by_part(pids, engine, broker)
        began_at = utc_now()
        time.sleep(seconds)
        ended_at = utc_now()
        after = by_part(pids, engine, broker)
        time.sleep(1.0)  # until what was finished then is recorded
        with engine.connect() as connection:
            within = select(func.count()).where(
                Job.state == JobState.DONE,
                Job.finished_at > began_at,
                Job.finished_at <= ended_at,
            )
            done = connection.scalar(within) or 0
            left = connection.scalar(select(func.count()).where(Job.state == JobState.PENDING))
        assert left, "the workers ran out of pictures"
        broker.delete("colourway.2.nightly")
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM jobs"))
    engine.dispose()
    span_s = (ended_at - began_at) / timedelta(seconds=1)
    cpu_ms = {part: 1000 * (after[part] - before[part]) / max(done, 1) for part in after}
    return Rate(workers, done / span_s, cpu_ms)


def by_part(pids: list[int], engine: Engine, broker: redis.Redis) -> dict[str, float]:
    """Return the processor time used until now by workers, database and broker."""
    with engine.connect() as connection:
        backends = connection.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        ).all()
    told = broker.info("cpu")
    return {
        "workers": used_s(pids),
        "PostgreSQL": used_s(backends),
        "Redis": float(told["used_cpu_user"]) + float(told["used_cpu_sys"]),
    }


def finished(engine: Engine) -> int:
    """Return how many jobs have ended."""
    with engine.connect() as connection:
        query = select(func.count()).where(Job.state == JobState.DONE)
        return connection.scalar(query) or 0


def main(workers: int, seconds: float, postgres: str | None, server: str) -> None:
    """Measure one worker, then all of them."""
    print(f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}; networks of 50 ms")
    with (
        TemporaryDirectory() as folder,
        new_database(postgres) as url,
        empty_broker(server) as broker,
    ):
        settings = get_settings(database_url=url, broker_url=broker)
        one = measure(1, seconds, settings, Path(folder))
        one.show()
        if workers == 1:
            return  # nothing to compare it with
        all_of_them = measure(workers, seconds, settings, Path(folder))
        all_of_them.show()
    ratio = all_of_them.pictures_per_s / (workers * one.pictures_per_s)
    print(f"{workers} workers reach {ratio:.1%} of {workers} times one (aim: ≥ {AIM:.0%})")


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.worker.workers")
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--postgres", help="URL of a server, as its user who may make databases")
    parser.add_argument("--redis", default=USUAL, help=f"URL of a server ({USUAL})")
    given = parser.parse_args()
    main(given.workers, given.seconds, given.postgres, given.redis)
