"""How busy the runner keeps a GPU that takes 5 ms and 1 ms a picture, by number of threads.

usage: python -m bench.worker.gpu [--batch N] [--wait-ms MS] [--host-ms MS] [--pictures N]
                                  [--chunk N] [--fetching N] [--threads N ...] [--slower N]
                                  [--postgres URL]

The runner and its ledger on PostgreSQL are the real ones. The GPU is a stand-in: two networks share
it, each with batches of its own. Three stages a picture on the host sleep: decode, fill, colours.
Where other work keeps the machine busy, ``--slower 10`` makes GPU, stages and waits ten times as
long, so that waiting for a processor matters less.
"""

import os
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Generator

from sqlalchemy import func, select

from bench.rig.postgres import new_database
from bench.rig.stand_in_gpu import GpuPipeline, StandInGpu
from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.product import FeedPicture, FeedProduct
from shared.contracts.jobs import JobState
from shared.database.engine import open_engine
from shared.database.models import Job
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from worker.runtime.runner import INFERENCE_THREADS, process

AIM = 0.90


def main(given: Namespace) -> None:
    """Print a line for each number of inference threads."""
    print(
        f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}; batches of up to "
        f"{given.batch}, chunks of {given.chunk}; stages on the host of {given.host_ms:g} ms; "
        f"all of it {given.slower:g} times as long"
    )
    with new_database(given.postgres) as url:
        settings = get_settings(database_url=url)
        engine = open_engine(url)
        ledger = Ledger(engine, settings)
        for threads in given.threads:
            enqueue(engine, feed(given.pictures, threads), Order("bench"))
            measure(ledger, threads, given)
        with engine.connect() as connection:
            done = connection.scalar(select(func.count()).where(Job.state == JobState.DONE))
        assert done == given.pictures * len(given.threads), f"{done} done"
        engine.dispose()


def measure(ledger: Ledger, threads: int, given: Namespace) -> None:
    """Take all that is due through the runner, chunk by chunk as a worker does."""
    gpu, unit_s = StandInGpu(given.slower), given.slower / 1000
    pipeline = GpuPipeline(gpu, given.batch, given.wait_ms * unit_s, given.host_ms * unit_s)
    started, used = time.perf_counter(), time.process_time()
    while claims := ledger.claim(limit=given.chunk):
        process(ledger, claims, pipeline, threads=given.fetching, inference_threads=threads)
    seconds, used = time.perf_counter() - started, time.process_time() - used
    print(
        f"{threads:3d} inference threads: GPU {gpu.busy_s / seconds:.1%} busy (aim: ≥ {AIM:.0%}), "
        f"{given.pictures / seconds:.0f} pictures/s, {gpu.pictures / gpu.batches:.1f} a batch, "
        f"{1000 * used / given.pictures:.2f} ms of processor time a picture",
        flush=True,
    )


def feed(pictures: int, name: int) -> Generator[FeedProduct]:
    """Yield products of one picture each."""
    for number in range(pictures):
        url = f"https://shop{number % 7}.example/{name}/{number}.jpg"
        yield FeedProduct(number, f"{name}-{number}", pictures=[FeedPicture(url)])


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.worker.gpu")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--wait-ms", type=float, default=2.0)
    parser.add_argument("--host-ms", type=float, default=20.0)
    parser.add_argument("--pictures", type=int, default=3000)
    parser.add_argument("--chunk", type=int, default=1000)
    parser.add_argument("--fetching", type=int, default=16, help="threads that fetch and decode")
    threads = [3, 6, 12, 24, 32, INFERENCE_THREADS * 16, 64]
    parser.add_argument("--threads", type=int, nargs="+", default=threads)
    parser.add_argument("--slower", type=float, default=1.0)
    parser.add_argument("--postgres", help="URL of a server, as its user who may make databases")
    main(parser.parse_args())
