"""What a scenario faults: an installation with servers, settings, pictures and a crew."""

import csv
import subprocess
import time
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from tests.chaos.servers.brokers import Broker
from tests.chaos.servers.pictures import Picture, Shop
from tests.chaos.servers.server import ObjectStore, Postgres
from tests.chaos.servers.shared import Servers
from tests.chaos.servers.wire import Wire
from tests.chaos.workers.crew import Crew

CATALOGUE: Final = "chaos"

COMMAND_TIMEOUT_S: Final = 3600.0


class Stuck(Exception):
    """The scenario cannot go on: what it waited for never came."""


class Installation:
    """Colourway with an empty database, an empty store and a shop.

    ``environment`` holds the settings of all processes; change it before ``start``. ``present`` is
    the picture of each sku that was fed last, ``former`` are those that it replaced.
    """

    def __init__(
        self, servers: Servers, folder: Path, store: Literal["folder", "s3"] = "s3"
    ) -> None:
        self.folder = folder
        self.postgres: Postgres = servers.postgres
        self.broker: Broker = servers.broker
        self.broker.empty()
        self.shop = Shop()
        self.wires: list[Wire] = []
        self.present: dict[str, str] = {}
        self.former: set[str] = set()
        self._servers = servers
        self.database_url = self.postgres.new_database()
        self.environment = self._settings()
        if store == "s3":
            bucket, self.stored = self.objects.new_bucket()
            self.environment |= self.objects.variables()
            self.environment["COLOURWAY_STORAGE"] = f"s3://{bucket}"
        else:
            self.stored = folder / "stored"
            self.stored.mkdir()
            self.environment["COLOURWAY_STORAGE"] = str(self.stored)
        self.crew = Crew(servers.nursery, self.environment, folder)

    def _settings(self) -> dict[str, str]:
        """Return what all processes of a scenario have in common, unless it changes that."""
        return {
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": self.broker.url,
            "COLOURWAY_HOME": str(self.folder / "home"),
            "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8",
            "COLOURWAY_ALLOWED_BUCKETS": "*",
            "COLOURWAY_LOG_FORMAT": "json",
            "COLOURWAY_CHUNK_SIZE": "8",
            "COLOURWAY_LEASE_S": "6",
            "COLOURWAY_REDISPATCH_AFTER_S": "4",
            "COLOURWAY_BACKOFF_S": "1",
            "COLOURWAY_FETCH_TIMEOUT_S": "10",
            "COLOURWAY_MAX_ATTEMPTS": "3",
            "CHAOS_NETWORK_S": "0.03",
            "CHAOS_SWEEP_S": "2",
            "OMP_NUM_THREADS": "1",
        }

    @cached_property
    def objects(self) -> ObjectStore:
        """The S3 server; started when a scenario first wants it."""
        return self._servers.objects

    def enqueue(self, pictures: Iterable[Picture], *arguments: str) -> None:
        """Feed products of one picture each to ``colourway enqueue``; a sku again replaces it."""
        self.command("enqueue", str(self.feed(pictures)), "--catalogue", CATALOGUE, *arguments)

    @contextmanager
    def enqueuing(self, pictures: Iterable[Picture]) -> Generator[None]:
        """Enqueue beside the block: workers may be far on by the time that it has ended."""
        with ThreadPoolExecutor(1) as beside:
            fed = beside.submit(self.enqueue, list(pictures))
            yield
            fed.result()

    def feed(self, pictures: Iterable[Picture]) -> Path:
        """Write a feed and return its path; its pictures are now those that must be there."""
        rows = list(pictures)
        for picture in rows:
            if (before := self.present.get(picture.sku)) not in (None, picture.url):
                self.former.add(str(before))
            self.present[picture.sku] = picture.url
        feed = self.folder / f"feed-{time.monotonic_ns()}.csv"
        with feed.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["sku", "image_link"])
            writer.writerows([picture.sku, picture.url] for picture in rows)
        return feed

    def enqueue_new(self, count: int) -> None:
        """Enqueue so many new products of the shop."""
        self.enqueue(self.new_pictures(count))

    def new_pictures(self, count: int) -> list[Picture]:
        """Return pictures of so many new products of the shop."""
        first = len(self.present)
        return [self.shop.picture(number) for number in range(first, first + count)]

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``colourway …`` to its end in the settings of the scenario."""
        ended = self.run("colourway.cli:main", *arguments)
        if check and ended.returncode != 0:
            raise Stuck(f"colourway {arguments[0]} ended with {ended.returncode}: {ended.stderr}")
        return ended

    def run(
        self, entry: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the project to its end; ``environment`` comes before the scenario's."""
        said = self.folder / f"{arguments[0]}-{time.monotonic_ns()}"
        output, errors = said.with_suffix(".out"), said.with_suffix(".err")
        child = self._servers.nursery.start(
            entry, arguments, self.environment | environment, output, errors
        )
        code = child.wait(COMMAND_TIMEOUT_S)
        return subprocess.CompletedProcess(
            arguments, code, output.read_text(), errors.read_text(errors="replace")
        )

    def start(self, workers: int, *, beat: bool = True, arguments: Sequence[str] = ()) -> None:
        """Start workers and beat; see :class:`tests.chaos.workers.crew.Crew`."""
        self.crew.start(workers, beat=beat, arguments=arguments)

    def wire_to(self, port: int) -> Wire:
        """Lay a wire to a server; point a setting at its ``port`` to have it used."""
        wire = Wire(port)
        self.wires.append(wire)
        return wire

    def end(self) -> list[str]:
        """End the crew and the shop; return what did not end well."""
        problems = self.crew.stop()
        for wire in self.wires:
            wire.close()
        self.shop.close()
        return problems
