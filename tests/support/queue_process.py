"""Celery processes of the project, and pictures for them to work on, for tests of the queues."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, insert, select

from shared.contracts.jobs import JobState, Queue
from shared.contracts.stages import Code
from shared.database.models import Catalogue, Job, Product, ProductImage
from shared.settings import Settings
from tests.support import ROOT

PASSED_ON = (
    "home",
    "chunk_size",
    "fetch_threads",
    "fetch_timeout_s",
    "lease_s",
    "max_attempts",
    "backoff_s",
    "redispatch_after_s",
    "queue_prefix",
)
PATIENCE_S = 180.0  # a busy machine is slow, not wrong


def add_pictures(engine: Engine, urls: Sequence[str], queue: Queue = Queue.NIGHTLY) -> list[int]:
    """Add a product with these pictures; return the ids of their jobs."""
    with engine.begin() as connection:

        def add(row: Any, **values: Any) -> int:
            return int(connection.scalar(insert(row).values(**values).returning(row.id)) or 0)

        catalogue = add(Catalogue, name=f"shop {time.monotonic_ns()}")
        product = add(Product, catalogue_id=catalogue, sku="A-1")
        images = [
            add(ProductImage, product_id=product, position=position, url=url)
            for position, url in enumerate(urls)
        ]
        return [add(Job, image_id=image, queue=queue) for image in images]


def rows(engine: Engine) -> list[tuple[JobState, int, Code | None]]:
    with engine.connect() as connection:
        query = select(Job.state, Job.attempts, Job.code).order_by(Job.id)
        return [tuple(row) for row in connection.execute(query)]


class Process:
    """A Celery process with these settings, and what it said."""

    def __init__(self, settings: Settings, arguments: Sequence[str], log: Path) -> None:
        environment = os.environ | {
            "CELERY_BROKER_URL": settings.broker_url,
            "DATABASE_URL": settings.database_url,
            "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8",
            "COLOURWAY_LOG_FORMAT": "json",
            **{f"COLOURWAY_{name.upper()}": str(getattr(settings, name)) for name in PASSED_ON},
        }
        self._log = log
        with log.open("wb") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "celery", *arguments],
                env=environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own, to be signalled as one
            )

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for(self, ready: Callable[[], bool]) -> None:
        """Return once ``ready`` is true; fail, with what the process said, where it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while not ready():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"waited in vain; the process said:\n{self.said[-4000:]}")
            time.sleep(0.05)

    def child(self) -> psutil.Process:
        """Return the process that does this worker's work, once there is one."""
        self.wait_for(lambda: " ready." in self.said)  # before, it asks other programs for things
        parent = psutil.Process(self.popen.pid)
        self.wait_for(lambda: len(parent.children()) == 1)
        return parent.children()[0]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask the process to end and return its exit status."""
        self.popen.send_signal(how)
        return self.popen.wait(PATIENCE_S)


@contextmanager
def celery(settings: Settings, tmp_path: Path, *arguments: str) -> Generator[Process]:
    process = Process(settings, arguments, tmp_path / f"{time.monotonic_ns()}.log")
    try:
        yield process
    finally:
        process.popen.kill()
        process.popen.wait()


WORKER = ("--app", "tests.support.queue_worker", "worker", "--loglevel", "info")
