"""Failed jobs put back as pending: which, how, and what a lease and a suspect make of it."""

import pytest
from sqlalchemy import Engine, select, update

from producer.enqueue.enqueue import Order, enqueue
from producer.reprocess import retry as module
from producer.reprocess.retry import failures, retry
from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import Catalogue, Job
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.ledger.reopening import Failures
from shared.settings import get_settings
from tests.support.catalogue.stored import jobs, product, url
from tests.support.rows import NAVY, Clock, result

EVERY = Failures()
QUARANTINED = Failures((JobState.QUARANTINED,))


@pytest.fixture
def ledger(engine: Engine, database_url: str, clock: Clock) -> Ledger:
    return Ledger(engine, get_settings(database_url=database_url, max_attempts=3), clock)


def fail(ledger: Ledger, code: Code, retry: bool = False) -> None:
    """Let every job that is due fail its attempt."""
    while claims := ledger.claim():
        for claim in claims:
            ledger.fail(claim, StageError(Stage.FETCH, code, f"{code} at {claim.url}", retry))


def use_up(ledger: Ledger, clock: Clock, code: Code | None) -> None:
    """Let every attempt fail with a code that may pass, or end without an outcome."""
    for _ in range(4):
        while claims := ledger.claim():
            for claim in claims if code else ():
                ledger.fail(claim, StageError(Stage.FETCH, code, "too slow", retry=True))
        clock.pass_s(3600)


def states(engine: Engine) -> list[tuple[str, JobState, Code | None]]:
    return [(row[0].rpartition("/")[2], row[2], row[3]) for row in jobs(engine)]


def attempts(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(select(Job.attempts).order_by(Job.id)))


def test_only_what_failed_with_the_code_is_put_back(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    enqueue(engine, [product("A", 1)], Order("shop"))
    fail(ledger, Code.FETCH_NOT_FOUND)
    enqueue(engine, [product("B", 2)], Order("shop"))
    use_up(ledger, clock, Code.FETCH_TIMEOUT)

    assert retry(engine, Failures(codes=(Code.FETCH_TIMEOUT,)), 3) == {"fetch_timeout": 1}

    assert states(engine) == [
        ("1.jpg", JobState.FAILED, Code.FETCH_NOT_FOUND),
        ("2.jpg", JobState.PENDING, None),
    ]
    assert ledger.due(10) == [2]  # that it was dispatched before does not delay it
    (claim,) = ledger.claim()
    assert (claim.job_id, claim.attempts) == (2, 1)
    assert ledger.finish(claim, result(NAVY))


def test_a_batch_a_catalogue_and_a_limit_narrow_the_choice(engine: Engine, ledger: Ledger) -> None:
    batch = [
        enqueue(engine, [product("A", 1, 2)], Order("shop")).batch_id,
        enqueue(engine, [product("B", 3)], Order("shop")).batch_id,
        enqueue(engine, [product("A", 4)], Order("other")).batch_id,
    ]
    fail(ledger, Code.NOT_AN_IMAGE)
    with engine.connect() as connection:
        other = connection.scalar(select(Catalogue.id).where(Catalogue.name == "other"))

    def found(wanted: Failures, limit: int | None = None) -> list[str]:
        return [each.url for page in failures(engine, wanted, limit) for each in page]

    assert found(EVERY) == [url(1), url(2), url(3), url(4)]
    assert found(EVERY, limit=2) == [url(1), url(2)]
    assert found(Failures(batch_id=batch[1])) == [url(3)]
    assert found(Failures(catalogue_id=other)) == [url(4)]
    assert found(Failures(batch_id=batch[0], catalogue_id=other)) == []
    assert found(Failures(job_ids=(3, 99))) == [url(3)]
    assert found(Failures(codes=(Code.OK,))) == []


def test_page_by_page_and_twice_adds_nothing(
    engine: Engine, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOBS_AT_ONCE", 2)
    enqueue(engine, [product(f"P{number}", number) for number in range(10)], Order("shop"))
    fail(ledger, Code.FETCH_DENIED)
    heard: list[int] = []

    assert retry(engine, EVERY, 3, limit=4, dry_run=True) == {"fetch_denied": 4}
    assert {state for _, state, _ in states(engine)} == {JobState.FAILED}
    assert retry(engine, EVERY, 3, limit=4, on_progress=heard.append) == {"fetch_denied": 4}
    assert heard == [2, 4]
    assert retry(engine, EVERY, 3) == {"fetch_denied": 6}
    assert retry(engine, EVERY, 3) == {}
    assert len(states(engine)) == 10
    assert {state for _, state, _ in states(engine)} == {JobState.PENDING}


def test_jobs_in_work_waiting_or_done_are_left_alone(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1, 2, 3, 4)], Order("shop"))
    first, second, third = ledger.claim(limit=3)
    assert ledger.finish(first, result(NAVY))
    ledger.fail(second, StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "slow", retry=True))
    before = states(engine)

    assert retry(engine, EVERY, 3) == {}

    assert states(engine) == before
    assert ledger.finish(third, result(NAVY))


def test_a_worker_that_thaws_after_the_retry_writes_nothing(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    enqueue(engine, [product("A", 1)], Order("shop"))
    frozen = ledger.claim()
    use_up(ledger, clock, None)
    assert retry(engine, EVERY, 3) == {"attempts_exhausted": 1}
    assert ledger.finish(frozen[0], result(NAVY)) is False
    assert ledger.fail(frozen[0], StageError(Stage.FETCH, Code.FETCH_DENIED, "no")) is None

    (claim,) = ledger.claim()
    assert ledger.finish(frozen[0], result(NAVY)) is False
    assert ledger.finish(claim, result(NAVY))


def test_the_job_of_a_replaced_picture_stays_closed(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1)], Order("shop"))
    fail(ledger, Code.FETCH_NOT_FOUND)
    enqueue(engine, [product("A", 2)], Order("shop"))

    assert retry(engine, EVERY, 3) == {}
    assert [state for _, state, _ in states(engine)] == [JobState.FAILED, JobState.PENDING]


def test_what_is_released_runs_alone_with_its_further_attempts(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    enqueue(engine, [product("A", 1, 2)], Order("shop"))
    use_up(ledger, clock, Code.FETCH_TIMEOUT)
    enqueue(engine, [product("B", 3, 4)], Order("shop"))

    assert retry(engine, QUARANTINED, 3, as_suspects=True) == {"fetch_timeout": 2}

    assert attempts(engine) == [1, 1, 0, 0]
    assert [ledger.due(10, suspects=True), ledger.due(10, suspects=False)] == [[1, 2], [3, 4]]
    taken = [[claim.job_id for claim in ledger.claim()] for _ in range(3)]
    assert taken == [[3, 4], [1], [2]]


def test_a_picture_that_kills_its_worker_never_gets_neighbours_back(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    enqueue(engine, [product("A", 1)], Order("shop"))
    use_up(ledger, clock, None)
    enqueue(engine, [product("B", 2)], Order("shop"))

    # By its code, as others are: still alone, and quarantined again when it goes on like this.
    assert retry(engine, Failures(codes=(Code.ATTEMPTS_EXHAUSTED,)), 3) == {"attempts_exhausted": 1}
    assert [claim.job_id for claim in ledger.claim()] == [2]
    assert [claim.job_id for claim in ledger.claim()] == [1]
    clock.pass_s(601)
    ledger.claim([1])
    clock.pass_s(601)
    assert ledger.claim([1]) == []
    assert states(engine)[0] == ("1.jpg", JobState.QUARANTINED, Code.ATTEMPTS_EXHAUSTED)


def test_where_one_attempt_is_allowed_there_are_no_suspects(
    engine: Engine, database_url: str, clock: Clock
) -> None:
    ledger = Ledger(engine, get_settings(database_url=database_url, max_attempts=1), clock)
    enqueue(engine, [product("A", 1)], Order("shop"))
    use_up(ledger, clock, None)

    assert retry(engine, QUARANTINED, 1, as_suspects=True) == {"attempts_exhausted": 1}

    assert attempts(engine) == [0]
    assert [claim.attempts for claim in ledger.claim()] == [1]


def test_old_leases_and_appointments_are_forgotten(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    enqueue(engine, [product("A", 1)], Order("shop"))
    fail(ledger, Code.FETCH_DENIED)
    with engine.begin() as connection:
        connection.execute(update(Job).values(dispatched_at=clock.now, timings_ms={"fetch": 1.0}))

    retry(engine, EVERY, 3)

    with engine.connect() as connection:
        row = connection.execute(select(Job.__table__)).one()._mapping
    empty = {name for name, value in row.items() if value is None}
    assert empty == {
        *("lease_token", "lease_until", "next_attempt_at", "rung_at", "code", "stage"),
        *("message", "timings_ms", "finished_at", "trace"),
    }
