"""The recorder with a real ledger: every outcome written once, and none delayed for long."""

from collections.abc import Generator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, select

from shared.contracts.jobs import JobState
from shared.contracts.results import Region
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine
from shared.database.models import Job
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.rows import NAVY, RED, Clock, add_product, result
from worker.runtime.recorder import Recorder


@pytest.fixture
def engine(sqlite_url: str) -> Generator[Engine]:
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Ledger:
    return Ledger(engine, get_settings(lease_s=600, max_attempts=3), clock)


def states(engine: Engine) -> list[tuple[JobState, Code | None]]:
    with engine.connect() as connection:
        query = select(Job.state, Job.code).order_by(Job.id)
        return [tuple(row) for row in connection.execute(query)]


def test_each_outcome_is_written_and_told(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    add_product(engine, pictures=3)
    claims = ledger.claim()
    failure = StageError(Stage.DECODE, Code.NOT_AN_IMAGE, "this is HTML")
    lost = replace(claims[2], lease_token="0" * 32)

    with Recorder(ledger) as recorder:
        endings = [
            recorder.record(claims[0], result(NAVY)),
            recorder.record(claims[1], failure),
            recorder.record(lost, result(RED)),
        ]

    assert [ending.result(0) for ending in endings] == [
        (JobState.DONE, result(NAVY)),
        (JobState.FAILED, failure),
        None,
    ]
    assert states(engine) == [
        (JobState.DONE, Code.OK),
        (JobState.FAILED, Code.NOT_AN_IMAGE),
        (JobState.LEASED, None),
    ]


def test_what_comes_within_a_moment_shares_a_transaction(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=20)
    claims = ledger.claim()
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)

    with Recorder(ledger) as recorder:
        for claim in claims:
            recorder.record(claim, result(NAVY))

    assert states(engine) == [(JobState.DONE, Code.OK)] * 20
    assert len(commits) < 20


def test_nothing_waits_for_others_for_ever(ledger: Ledger, engine: Engine) -> None:
    add_product(engine)
    (claim,) = ledger.claim()

    with Recorder(ledger) as recorder:
        # Nothing hurries it, and nothing else comes.
        ending = recorder.record(claim, result(NAVY)).result(60)

    assert ending == (JobState.DONE, result(NAVY))


def test_a_result_that_cannot_be_written_costs_no_other(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=3)
    first, second, third = ledger.claim()
    broken = replace(result(NAVY), shades={Region.CLOTHES: (replace(NAVY, hex=object()),)})

    with Recorder(ledger) as recorder:
        endings = [
            recorder.record(first, result(NAVY)),
            recorder.record(second, broken),
            recorder.record(third, result(NAVY)),
        ]

    assert states(engine) == [
        (JobState.DONE, Code.OK),
        (JobState.LEASED, None),
        (JobState.DONE, Code.OK),
    ]
    with pytest.raises(Exception, match="JSON serializable"):
        endings[1].result(0)
