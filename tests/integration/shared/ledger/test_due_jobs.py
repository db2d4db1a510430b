"""When a job is due: at once, after a retry's wait, or a while after it was dispatched."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import Job
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from tests.support.rows import NAVY, Clock, add_product, job, result


def trouble(retry: bool = True, retry_after_s: float | None = None) -> StageError:
    return StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "too slow", retry, retry_after_s)


def test_a_retry_waits_and_each_wait_is_longer(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    (job_id,) = add_product(engine)
    waits = []
    for _ in range(2):
        (claim,) = ledger.claim()
        assert ledger.fail(claim, trouble()) is JobState.RETRY
        row = job(engine, job_id)
        assert (row.state, row.code, row.stage) == (
            JobState.RETRY,
            Code.FETCH_TIMEOUT,
            Stage.FETCH,
        )
        assert (row.message, row.lease_token) == ("too slow", None)
        wait = row.next_attempt_at - clock.now
        assert ledger.claim() == []
        clock.now += wait
        waits.append(wait.total_seconds())

    assert 15 <= waits[0] <= 30
    assert 30 <= waits[1] <= 60


def test_a_server_that_asks_for_patience_gets_it_up_to_an_hour(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    jobs = add_product(engine, pictures=2)
    for claim, asked in zip(ledger.claim(), (120.0, 86_400.0), strict=True):
        ledger.fail(claim, trouble(retry_after_s=asked))

    waits = [(job(engine, one).next_attempt_at - clock.now).total_seconds() for one in jobs]

    assert waits == [120, 3600]


def test_the_last_attempt_quarantines_under_its_own_code(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    (job_id,) = add_product(engine)
    states = []
    for _ in range(3):
        (claim,) = ledger.claim()
        states.append(ledger.fail(claim, trouble()))
        clock.pass_s(3600)

    assert states == [JobState.RETRY, JobState.RETRY, JobState.QUARANTINED]
    assert job(engine, job_id).code == Code.FETCH_TIMEOUT
    assert ledger.claim() == []
    assert ledger.due(1) == []


def test_due_leaves_out_what_was_dispatched_lately(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    job_ids = add_product(engine, pictures=4)
    ledger.mark_dispatched(job_ids[:2])

    assert ledger.due(10) == job_ids[2:]
    clock.pass_s(300)
    assert ledger.due(10) == [*job_ids[2:], *job_ids[:2]]
    assert ledger.due(3) == [*job_ids[2:], job_ids[0]]


def test_due_leaves_out_what_is_leased_put_off_or_ended(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    leased, defer, done, waiting = add_product(engine, pictures=4)
    _, second, third = ledger.claim([leased, defer, done])
    ledger.fail(second, trouble(retry_after_s=900))
    ledger.finish(third, result(NAVY))

    assert ledger.due(10) == [waiting]
    clock.pass_s(600)
    assert ledger.due(10) == [leased, waiting]
    clock.pass_s(300)
    assert ledger.due(10) == [leased, defer, waiting]
    assert ledger.due(10, suspects=True) == [leased, defer]
    assert ledger.due(10, suspects=False) == [waiting]


@pytest.mark.parametrize("how", ["retry", "release"])
def test_a_job_that_comes_back_is_dispatched_again_without_waiting(
    ledger: Ledger, engine: Engine, clock: Clock, how: str
) -> None:
    (job_id,) = add_product(engine)
    ledger.mark_dispatched([job_id])
    (claim,) = ledger.claim()
    if how == "retry":
        ledger.fail(claim, trouble())
    else:
        ledger.release([claim])

    clock.pass_s(30)

    assert ledger.due(10) == [job_id]


def test_marks_are_for_open_jobs_alone(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    ended, waiting = add_product(engine, pictures=2)
    ledger.mark_dispatched([ended, waiting])
    (claim,) = ledger.claim([ended])
    ledger.finish(claim, result(NAVY))

    ledger.unmark_dispatched([ended, waiting])
    assert dispatched_at(engine) == [clock(), None]
    clock.pass_s(1)
    ledger.mark_dispatched([ended, waiting])
    assert dispatched_at(engine) == [clock() - timedelta(seconds=1), clock()]


def dispatched_at(engine: Engine) -> list[datetime | None]:
    """When each job was last dispatched."""
    with engine.connect() as connection:
        return list(connection.scalars(select(Job.dispatched_at).order_by(Job.id)))
