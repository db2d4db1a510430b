"""Lanes: what runs beside what, where pytest runs in several processes (``pytest -n 5``).

A process that has imported TensorFlow is slow to start and large, so one process does everything
that needs it, another begins with the fault suite, which mostly waits, and all but the first share
the rest, file by file. Each process collects, and so imports, only what its lanes hold. It is one
run of pytest all the same: one report, one exit code, and ``-k`` picks from all lanes.
"""

import sys
from collections.abc import Generator, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from tests.support import ROOT


class Lane(StrEnum):
    NETWORKS = "networks"
    CHAOS = "chaos"
    REST = "rest"


NETWORKS: Final = (
    "tests/integration/producer/commands/test_nightly.py",
    "tests/integration/producer/nightly/test_run.py",
    "tests/integration/worker/commands",
    "tests/integration/worker/networks/test_quantised.py",
    "tests/integration/worker/test_batched_networks.py",
    "tests/integration/worker/test_person_network.py",
    "tests/unit/worker/evaluation",
    "tests/unit/worker/networks",
    "tests/unit/worker/stages/test_mask.py",
    "tests/unit/worker/stages/test_segment.py",
    "tests/unit/worker/test_pipeline.py",
    "tests/unit/worker/test_pipeline_pictures.py",
    "tests/unit/worker/training",
)
CHAOS: Final = ("tests/acceptance/test_chaos.py",)
HEAVY: Final = ("tensorflow", "keras")
SESSION: Final = pytest.StashKey[pytest.Session]()


def lane_of(path: str) -> Lane:
    """Return the lane of a test file; ``path`` is relative to the project's folder."""
    for lane, places in ((Lane.NETWORKS, NETWORKS), (Lane.CHAOS, CHAOS)):
        if any(path == place or path.startswith(f"{place}/") for place in places):
            return lane
    return Lane.REST


def lanes_of(number: int, processes: int, wanted: Sequence[Lane] = tuple(Lane)) -> tuple[Lane, ...]:
    """Return the lanes that a process collects, the one that it begins with first.

    ``processes`` is how many began; a higher ``number`` takes the place of one that crashed.
    """
    if processes == 1 or number >= processes:
        return tuple(wanted)
    if Lane.NETWORKS in wanted:
        if number == 0:
            return (Lane.NETWORKS,)
        number -= 1
    light = (Lane.CHAOS, Lane.REST) if number == 0 else (Lane.REST,)
    return tuple(lane for lane in light if lane in wanted)


def wanted_lanes(config: pytest.Config) -> tuple[Lane, ...]:
    return tuple(map(Lane, config.getoption("--lane"))) or tuple(Lane)


def lanes_of_process(config: pytest.Config) -> tuple[Lane, ...]:
    """Return the lanes of the process that asks; all that are wanted where there is but one."""
    wanted, given = wanted_lanes(config), getattr(config, "workerinput", None)
    if given is None:
        return wanted
    return lanes_of(int(given["workerid"].removeprefix("gw")), int(given["workercount"]), wanted)


class LaneScheduling(LoadScopeScheduling):
    """Deals out whole files; each process takes those of its lanes, in the order of its lanes.

    Unlike its base it bears that the processes collected different files, though not that they
    call the tests of one file by different names.
    """

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        self.registered_collections[node] = list(collection)

    def schedule(self) -> None:
        assert self.collection_is_completed
        if self.collection is None:
            collections = self.registered_collections.values()
            self.collection = list(dict.fromkeys(chain.from_iterable(collections)))
            for test in self.collection:
                self.workqueue.setdefault(self._split_scope(test), {})[test] = False
            for names in collections:
                files = set(map(self._split_scope, names))
                wanted = {test for test in self.collection if self._split_scope(test) in files}
                if missing := sorted(wanted.difference(names)):
                    raise RuntimeError(f"{missing[0]!r} is named otherwise in another process")
            self.config.stash[SESSION].testscollected = len(self.collection)  # or 105 % are done
        for node in self.nodes:
            self._reschedule(node)

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0]

    def _reschedule(self, node: WorkerController) -> None:
        # A process begins a test once it knows the next one, or that there is none.
        while not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            if (file := self._next_file(node)) is None:
                node.shutdown()
            else:
                self.workqueue.move_to_end(file, last=False)
                self._assign_work_unit(node)

    def _next_file(self, node: WorkerController) -> str | None:
        number = int(node.gateway.id.removeprefix("gw"))
        for lane in lanes_of(number, self.numnodes, wanted_lanes(self.config)):
            for file in self.workqueue:
                if lane_of(file) is lane:
                    return file
        return None


@pytest.hookimpl
def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--lane",
        action="append",
        choices=[lane.value for lane in Lane],
        default=[],
        help="run only this lane (tests/support/lanes.py); repeat it for several",
    )


@pytest.hookimpl
def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[SESSION] = session


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LaneScheduling:
    return LaneScheduling(config, log)  # pyright: ignore[reportArgumentType]


@pytest.hookimpl
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spare a process the import of what another one runs."""
    if collection_path.suffix != ".py" or not collection_path.is_relative_to(ROOT):
        return None
    lane = lane_of(collection_path.relative_to(ROOT).as_posix())
    return None if lane in lanes_of_process(config) else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to other processes also the files that were named to all of them."""
    lanes = lanes_of_process(config)
    items[:] = [item for item in items if lane_of(item.nodeid.partition("::")[0]) in lanes]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a file of another lane that imports TensorFlow."""
    before = heavy()
    report = yield
    if report.passed and (said := complaint(collector.nodeid, before)):
        report.outcome, report.result, report.longrepr = "failed", [], said
    return report


@pytest.fixture(autouse=True)
def light(request: pytest.FixtureRequest) -> Generator[None]:
    """Fail a test of another lane that imports TensorFlow."""
    before = heavy()
    yield
    if said := complaint(request.node.nodeid, before):
        pytest.fail(said)


def heavy() -> set[str]:
    return {name for name in HEAVY if name in sys.modules}


def complaint(nodeid: str, before: set[str]) -> str | None:
    """Say what is wrong where a file or a test has just imported what its lane does without."""
    file = nodeid.partition("::")[0]
    if before or not (came := heavy()) or lane_of(file) is Lane.NETWORKS:
        return None
    names = " and ".join(sorted(came))
    return f"{file} imports {names}: name it in NETWORKS of tests/support/lanes.py"
