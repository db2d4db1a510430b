"""The rig of one scenario: its installation, its faults, and what it waits for."""

import random
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import psycopg

from shared.contracts.jobs import JobState
from tests.chaos.check import FINAL, Wanted, check
from tests.chaos.installation import Installation, Stuck
from tests.chaos.servers.server import query
from tests.chaos.servers.shared import Servers

RECOVERY_S: Final = 30.0
"""Within so many seconds of a fault's end jobs must be done again."""

LOOK_EVERY_S: Final = 0.05


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


class Rig(Installation):
    """What a scenario is given.

    ``chance`` is the scenario's own source of random numbers. ``endings`` says which URLs must end
    otherwise than done, ``retired`` which skus may stand without a picture. ``problems`` are what
    went wrong beside what ``check`` finds, which a scenario may replace.
    """

    def __init__(
        self,
        servers: Servers,
        folder: Path,
        scale: Scale,
        store: Literal["folder", "s3"] = "s3",
    ) -> None:
        super().__init__(servers, folder, store)
        self.scale = scale
        self.chance = random.Random(scale.seed)
        self.injected = Injected()
        self.problems: list[str] = []
        self.retired: set[str] = set()
        self.endings: dict[str, JobState] = {}
        self.check = check

    def size(self, full: int, short: int) -> int:
        """Return how many jobs, kills or the like this run wants."""
        return short if self.scale.short else full

    def jobs(self, full: int, short: int) -> int:
        """Return how many jobs to enqueue; the option ``--jobs`` goes first."""
        return self.scale.jobs or self.size(full, short)

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
        self.problems += self.end()
