"""The fault suite in its short form; ``make chaos`` runs it whole."""

import os
import shutil
from collections.abc import Generator

import pytest

from tests.chaos import report
from tests.chaos.rig import Scale
from tests.chaos.scenario import Scenario, new_folder, run
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.servers.brokers import BROKERS
from tests.chaos.servers.shared import Servers

# One broker for each, in turn, so that both are met in half the time.
TURNS = [
    (scenario, scenario.brokers[number % len(scenario.brokers)])
    for number, scenario in enumerate(SCENARIOS.values())
]
SCALE = Scale(short=True)


pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> Generator[dict[str, Servers]]:
    """The suite's servers for each broker, started when a scenario first wants them."""
    folder = new_folder()
    started: dict[str, Servers] = {}
    for kind in BROKERS:
        started[kind] = Servers(folder / kind, kind, next(iter(started.values()), None))
    yield started
    for each in reversed(started.values()):
        each.close()
    if not request.session.testsfailed:  # their logs may tell why
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    ("chosen", "broker"), TURNS, ids=lambda each: each.name if isinstance(each, Scenario) else each
)
def test_nothing_is_lost_and_nothing_done_twice(
    chosen: Scenario, broker: str, servers: dict[str, Servers]
) -> None:
    folder = new_folder()
    verdict = run(chosen, servers[broker], broker, SCALE, folder / chosen.name)
    if verdict.skipped is not None:
        strict = os.environ.get("CI", "").lower() == "true" and not verdict.excused
        tell = pytest.fail if strict else pytest.skip
        tell(verdict.skipped)
    told = "\n".join([report.HEAD, report.line(verdict), *report.details(verdict)])
    if verdict.passed:
        shutil.rmtree(folder, ignore_errors=True)
    assert verdict.passed, told
