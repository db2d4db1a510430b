"""The lanes: together they hold every test, and each test is handed out once."""

import sys
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.lanes import (
    CHAOS,
    HEAVY,
    NETWORKS,
    SESSION,
    Lane,
    LaneScheduling,
    complaint,
    heavy,
    lane_of,
    lanes_of,
)

FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
TESTS = [f"{file}::test_{number}" for file in FILES for number in range(3)]


class Process:
    """A process of the run, as the scheduler sees it."""

    shutting_down = False

    def __init__(self, number: int, processes: int, tests: Sequence[str] = TESTS) -> None:
        self.gateway = SimpleNamespace(id=f"gw{number}")
        lanes = lanes_of(number, processes)
        self.tests = [test for test in tests if lane_of(test.partition("::")[0]) in lanes]
        self.queue: list[int] = []
        self.ran: list[str] = []

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        self.queue += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def scheduling(processes: int, wanted: Sequence[Lane] = ()) -> tuple[LaneScheduling, Any]:
    values = {"--lane": wanted, "tx": [f"{processes}*popen"]}
    session = SimpleNamespace(testscollected=0)
    config: Any = SimpleNamespace(
        getvalue=values.get, getoption=values.get, stash={SESSION: session}, option=None
    )
    return LaneScheduling(config, SimpleNamespace(loadscopesched=lambda *_: None)), session  # pyright: ignore[reportArgumentType]


def run(scheduler: Any, *processes: Process) -> None:
    """Let the processes work in turn, as long as one may: it begins what it knows the next of."""
    busy = True
    while busy:
        busy = False
        for process in processes:
            if process.queue and (len(process.queue) > 1 or process.shutting_down):
                index = process.queue.pop(0)
                process.ran.append(process.tests[index])
                scheduler.mark_test_complete(process, index)
                busy = True


def test_every_place_that_is_named_is_there() -> None:
    assert [place for place in (*NETWORKS, *CHAOS) if not (ROOT / place).exists()] == []
    assert {lane_of(file) for file in FILES} == set(Lane)


@pytest.mark.parametrize("processes", range(1, 7))
def test_every_test_is_run_once_and_networks_by_one_process(processes: int) -> None:
    scheduler, session = scheduling(processes)
    nodes: Any = [Process(number, processes) for number in range(processes)]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, node.tests)
    scheduler.schedule()
    run(scheduler, *nodes)
    assert sorted(test for node in nodes for test in node.ran) == sorted(TESTS)
    assert session.testscollected == len(TESTS)
    assert scheduler.tests_finished
    if processes > 1:
        heavy = {lane_of(test.partition("::")[0]) for test in nodes[0].ran}
        assert heavy == {Lane.NETWORKS}
        assert lane_of(nodes[1].ran[0].partition("::")[0]) is Lane.CHAOS


def test_a_name_that_changes_from_process_to_process_is_told() -> None:
    scheduler, _ = scheduling(3)
    nodes: Any = [Process(number, 3) for number in range(3)]
    nodes[2].tests = [test.replace("_0", "_now") for test in nodes[2].tests]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, node.tests)
    with pytest.raises(RuntimeError, match="is named otherwise in another process"):
        scheduler.schedule()


def test_what_a_process_that_crashed_had_not_done_is_done_by_another() -> None:
    scheduler, _ = scheduling(2)
    nodes: Any = [Process(0, 2), Process(1, 2)]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, node.tests)
    scheduler.schedule()
    crashed, other = nodes
    assert scheduler.remove_node(crashed) == crashed.tests[0]
    third: Any = Process(2, 2)
    scheduler.add_node(third)
    scheduler.add_node_collection(third, third.tests)
    scheduler.schedule()
    run(scheduler, other, third)
    assert sorted(other.ran + third.ran) == sorted(TESTS)


def test_a_file_of_a_light_lane_that_imports_tensorflow_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in HEAVY:
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert complaint("tests/unit/test_lanes.py", heavy()) is None
    monkeypatch.setitem(sys.modules, "keras", ModuleType("keras"))
    assert complaint("tests/unit/test_lanes.py::test_x", set()) == (
        "tests/unit/test_lanes.py imports keras: name it in NETWORKS of tests/support/lanes.py"
    )
    assert complaint(f"{NETWORKS[0]}::test_x", set()) is None
    assert complaint("tests/unit/test_lanes.py::test_x", {"keras"}) is None


def test_one_lane_is_shared_by_all_processes() -> None:
    assert [lanes_of(number, 3, [Lane.REST]) for number in range(3)] == [(Lane.REST,)] * 3
    assert [lanes_of(number, 2, [Lane.NETWORKS]) for number in range(2)] == [(Lane.NETWORKS,), ()]
