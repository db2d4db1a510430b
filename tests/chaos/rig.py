"""The rig of one scenario: its servers, its settings, its pictures and its crew."""

import csv
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import psycopg

from shared.contracts.jobs import JobState
from tests.chaos.check import FINAL, Wanted, check
from tests.chaos.servers.brokers import Broker
from tests.chaos.servers.pictures import Picture, Shop
from tests.chaos.servers.server import ObjectStore, Postgres, query
from tests.chaos.servers.shared import Servers
from tests.chaos.servers.wire import Wire
from tests.chaos.workers.crew import Crew

RECOVERY_S: Final = 30.0
"""Within so many seconds of a fault's end jobs must be done again."""

LOOK_EVERY_S: Final = 0.05

CATALOGUE: Final = "chaos"

COMMAND_TIMEOUT_S: Final = 3600.0


class Stuck(Exception):
    """The scenario cannot go on: what it waited for never came."""


@dataclass(frozen=True)
class Scale:
    """How large a run is: ``jobs`` overrides each scenario's own number."""

    short: bool = False
    jobs: int | None = None
    seed: int = 1


@dataclass
class Injected:
    """The faults of a scenario, and how long the crew took to be back after each."""

    faults: Counter[str] = field(default_factory=Counter)
    recoveries_s: list[float] = field(default_factory=list)


class Rig:
    """What a scenario is given.

    ``environment`` holds the settings of all processes; change it before ``start``. ``chance`` is
    the scenario's own source of random numbers. ``endings`` says which URLs must end otherwise than
    done, ``retired`` which skus may stand without a picture. ``problems`` are what went wrong
    beside what ``check`` finds, which a scenario may replace.
    """

    def __init__(
        self,
        servers: Servers,
        folder: Path,
        scale: Scale,
        store: Literal["folder", "s3"] = "s3",
    ) -> None:
        self.folder = folder
        self.scale = scale
        self.chance = random.Random(scale.seed)
        self.postgres: Postgres = servers.postgres
        self.broker: Broker = servers.broker
        self.broker.empty()
        self.shop = Shop()
        self.wires: list[Wire] = []
        self.injected = Injected()
        self.problems: list[str] = []
        self.present: dict[str, str] = {}
        self.former: set[str] = set()
        self.retired: set[str] = set()
        self.endings: dict[str, JobState] = {}
        self.check = check
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

    def size(self, full: int, short: int) -> int:
        """Return how many jobs, kills or the like this run wants."""
        return short if self.scale.short else full

    def jobs(self, full: int, short: int) -> int:
        """Return how many jobs to enqueue; the option ``--jobs`` goes first."""
        return self.scale.jobs or self.size(full, short)

    # Work

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

    # Waiting

    def query(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        """Ask the database directly."""
        return query(self.database_url, sql, *parameters)

    def final(self) -> int:
        """Count the jobs in a final state."""
        ((found,),) = self.query("SELECT count(*) FROM jobs WHERE state = ANY(%s)", FINAL)
        return int(str(found))

    def open(self) -> int:
        """Count the jobs that are not."""
        ((found,),) = self.query("SELECT count(*) FROM jobs WHERE NOT state = ANY(%s)", FINAL)
        return int(str(found))

    def wait_for(self, what: str, true: Callable[[], bool], timeout_s: float = 120.0) -> None:
        """Return once something is true; raise Stuck, and say what it was, where it never is."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                if true():
                    return
            except psycopg.OperationalError:
                pass  # the database is away: not yet
            if time.monotonic() > deadline:
                raise Stuck(f"waited {timeout_s:g} s in vain for {what}")
            time.sleep(LOOK_EVERY_S)

    def wait_share(self, share: float, timeout_s: float = 120.0) -> None:
        """Return once this share (0..1) of all products' jobs is final."""
        wanted = int(share * len(self.present))
        self.wait_for(f"{wanted} jobs", lambda: self.final() >= wanted, timeout_s)

    def finish(self, timeout_s: float = 300.0) -> None:
        """Return once every job is final and the broker is empty; note where that never comes."""
        try:
            self.wait_for("the last job", lambda: self.open() == 0, timeout_s)
            self._wait_for_empty_broker()
        except Stuck as error:
            self.problems.append(f"{error}; {self.broker.waiting()} on the broker")

    def _wait_for_empty_broker(self) -> None:
        # Many jobs were dispatched again while they were done; the workers must take every message.
        left = [sum(self.broker.waiting().values())]

        def fewer() -> bool:
            now = sum(self.broker.waiting().values())
            return now == 0 or now < left[0]

        while left[0]:
            self.wait_for(f"one of {left[0]} notifications to be taken", fewer, RECOVERY_S)
            left[0] = sum(self.broker.waiting().values())

    # Faults

    def count(self, fault: str) -> None:
        """Count a fault after which the crew's recovery is not measured."""
        self.injected.faults[fault] += 1

    @contextmanager
    def fault(self, name: str) -> Generator[None]:
        """Inject a fault in the block; where it ends, measure until a job is done again.

        Only a job that was leased after the fault counts: those that a worker had claimed before it
        may well finish without a broker. Where no work is left by then, the fault proved nothing,
        and that is a problem.
        """
        self.count(name)
        yield
        ended_at, started = datetime.now(UTC), time.monotonic()
        if self._nothing_left():
            self.problems.append(f"{name}: nothing was left to do when it ended")
            return
        try:
            self.wait_for(f"a job done after: {name}", self._done_after(ended_at), 2 * RECOVERY_S)
        except Stuck as error:
            self.problems.append(str(error))
        self.injected.recoveries_s.append(time.monotonic() - started)

    def all_work_again(self, since: datetime, timeout_s: float = RECOVERY_S) -> None:
        """Wait until every worker has done a picture since a moment; name those that do nothing."""
        deaf = {member.name: member for member in self.crew.workers}

        def none_deaf() -> bool:
            for name in [name for name, member in deaf.items() if member.done_since(since)]:
                del deaf[name]
            return not deaf

        try:
            self.wait_for("workers to work again", none_deaf, timeout_s)
        except Stuck:
            left = self.open()
            self.problems.append(
                f"did nothing within {timeout_s:g} s of the fault, {left} jobs being open: "
                + ", ".join(sorted(deaf))
            )

    def _nothing_left(self) -> bool:
        return self.open() == 0

    def _done_after(self, moment: datetime) -> Callable[[], bool]:
        """Return what tells whether a job that no worker held at this moment is done.

        Those are the jobs that waited then, that came later, or whose lease was taken
        later. The last alone would not do: one picture may be done between two looks.
        """
        waited = "SELECT id FROM jobs WHERE NOT state = ANY(%s)"
        anew = {number for (number,) in self.query(waited, [*FINAL, JobState.LEASED.value])}
        ((last,),) = self.query("SELECT coalesce(max(id), 0) FROM jobs")
        lease = timedelta(seconds=float(self.environment["COLOURWAY_LEASE_S"]))

        def found() -> bool:
            leases = self.query("SELECT id FROM jobs WHERE lease_until > %s", moment + lease)
            anew.update(number for (number,) in leases)
            done = self.query(
                "SELECT 1 FROM jobs WHERE (id = ANY(%s) OR id > %s) AND state = ANY(%s) LIMIT 1",
                list(anew),
                last,
                FINAL,
            )
            return bool(done)

        return found

    # After

    @property
    def max_attempts(self) -> int:
        return int(self.environment["COLOURWAY_MAX_ATTEMPTS"])

    def wanted(self) -> Wanted:
        """Return what must be there in the end."""
        return Wanted(
            self.database_url,
            self.stored,
            self.max_attempts,
            self.present,
            frozenset(self.former),
            self.endings,
            frozenset(self.retired),
        )

    def close(self) -> None:
        """End the crew and the shop; what did not end well is a problem."""
        self.problems += self.crew.stop()
        for wire in self.wires:
            wire.close()
        self.shop.close()
