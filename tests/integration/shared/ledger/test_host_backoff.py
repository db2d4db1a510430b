"""Host backoffs: who begins them, how long they last, and what they cost, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import HostBackoff, Job, ProductImage
from shared.errors import StageError
from shared.ledger.host_backoff import LONGEST_WAIT_S, host_of
from shared.ledger.ledger import Ledger
from shared.settings import Settings
from tests.support.rows import NAVY, Clock, add_product, result

DAY_S = 86_400.0


def throttled(retry_after_s: float | None = None) -> StageError:
    return StageError(Stage.FETCH, Code.FETCH_THROTTLED, "answered 429", True, retry_after_s)


def jobs(engine: Engine) -> list[tuple[JobState, int, Code | None]]:
    with engine.connect() as connection:
        query = select(Job.state, Job.attempts, Job.code).order_by(Job.id)
        return [tuple(row) for row in connection.execute(query)]


def backoff_s(engine: Engine, clock: Clock) -> float:
    with engine.connect() as connection:
        (ends_at,) = connection.scalars(select(HostBackoff.ends_at))
    return (ends_at - clock.now).total_seconds()


def move(engine: Engine, job_id: int, url: str) -> None:
    with engine.begin() as connection:
        image = select(Job.image_id).where(Job.id == job_id).scalar_subquery()
        connection.execute(update(ProductImage).where(ProductImage.id == image).values(url=url))


def come_back(engine: Engine, ledger: Ledger, clock: Clock) -> list[Claim]:
    """Claim at the next moment at which a job that was put off is due."""
    with engine.connect() as connection:
        defer = select(Job.next_attempt_at).where(Job.state == JobState.RETRY)
        due_at = min(connection.scalars(defer), default=clock.now)
    assert due_at is not None
    clock.now = max(clock.now, due_at)
    return ledger.claim()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://shop.test/a.jpg", "shop.test"),
        (" HTTPS://Shop.Test:8443/a.jpg", "shop.test:8443"),
        ("http://user:secret@shop.test/a.jpg", "shop.test"),
        ("http://[2001:db8::1]:80/a.jpg", "2001:db8::1:80"),
        ("s3://bucket/a.jpg", None),
        ("pictures/a.jpg", None),
        ("http:///a.jpg", None),
        ("http://shop.test:port/a.jpg", None),
        ("http://[::1/a.jpg", None),
    ],
)
def test_hosts_of_urls(url: str, host: str | None) -> None:
    assert host_of(url) == host


def test_a_throttled_attempt_does_not_count_and_the_host_is_left_alone(
    ledger: Ledger, engine: Engine, settings: Settings, clock: Clock
) -> None:
    first, _, other = add_product(engine, pictures=3)
    move(engine, other, "http://elsewhere.test/3")
    claim = next(claim for claim in ledger.claim(limit=1) if claim.job_id == first)

    assert ledger.fail(claim, throttled(120)) is JobState.RETRY

    another_worker = Ledger(engine, settings, clock)
    assert [claim.job_id for claim in another_worker.claim()] == [other]
    assert jobs(engine) == [
        (JobState.RETRY, 0, Code.FETCH_THROTTLED),
        (JobState.RETRY, 0, Code.FETCH_THROTTLED),
        (JobState.LEASED, 1, None),
    ]
    assert another_worker.claim() == []
    clock.pass_s(119)
    assert another_worker.due(10) == []
    clock.pass_s(62)  # half as long again at most, so that not all come at once
    assert [claim.attempts for claim in another_worker.claim()] == [1, 1]


def test_what_is_left_of_a_chunk_is_put_off_with_it(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine, pictures=3)
    first, *rest = ledger.claim()

    assert ledger.defer(rest, throttled(60)) is JobState.RETRY
    assert ledger.fail(first, throttled(10)) is JobState.RETRY

    assert backoff_s(engine, clock) == 60
    assert jobs(engine) == [(JobState.RETRY, 0, Code.FETCH_THROTTLED)] * 3
    assert ledger.defer(rest, throttled(60)) is None  # these leases are gone


def test_pauses_double_while_a_host_does_not_say_for_how_long(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine)
    (claim,) = ledger.claim()
    began_at, waits = clock.now, []
    for _ in range(7):
        ledger.fail(claim, throttled())
        waits.append(backoff_s(engine, clock))
        so_far = (clock.now - began_at).total_seconds()
        assert waits[-1] == min(LONGEST_WAIT_S, max(30, so_far))
        (claim,) = come_back(engine, ledger, clock)

    assert waits[0] == 30
    assert waits[-1] > 900


@pytest.mark.parametrize(("asked", "given"), [(0.0, 1.0), (7.5, 7.5), (DAY_S, LONGEST_WAIT_S)])
def test_a_pause_is_what_the_host_asks_for_within_bounds(
    ledger: Ledger, engine: Engine, clock: Clock, asked: float, given: float
) -> None:
    add_product(engine)
    ledger.fail(ledger.claim()[0], throttled(asked))

    assert backoff_s(engine, clock) == given


def test_a_host_that_lets_nothing_through_for_a_day_loses_its_jobs(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine, pictures=2)
    began_at, quarantined = clock.now, (JobState.QUARANTINED, Code.FETCH_THROTTLED)
    for claim in ledger.claim():
        ledger.fail(claim, throttled(3600))
    while (JobState.RETRY, 0, Code.FETCH_THROTTLED) in jobs(engine):
        for claim in come_back(engine, ledger, clock):
            ledger.fail(claim, throttled(3600))
    assert DAY_S < (clock.now - began_at).total_seconds() < DAY_S + 3 * LONGEST_WAIT_S

    add_product(engine, "B-1")
    with engine.begin() as connection:  # on the same host, which is not even asked for this one
        connection.execute(update(HostBackoff).values(ends_at=clock.now + timedelta(hours=1)))
    assert ledger.claim() == []

    assert [(state, code) for state, _, code in jobs(engine)] == [quarantined] * 3
    with engine.connect() as connection:
        for message in connection.scalars(select(Job.message)):
            assert message is not None
            assert message.endswith(
                "its host has let nothing through since 2026-03-29T01:30:00+00:00"
            )


@pytest.mark.parametrize("through", ["a result", "no such picture"])
def test_patience_begins_anew_once_something_came_through(
    ledger: Ledger, engine: Engine, clock: Clock, through: str
) -> None:
    add_product(engine)
    ledger.fail(ledger.claim()[0], throttled(60))
    (claim,) = come_back(engine, ledger, clock)
    if through == "a result":
        assert ledger.finish(claim, result(NAVY))
    else:
        gone = StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "404")
        assert ledger.fail(claim, gone) is JobState.FAILED

    with engine.connect() as connection:
        assert list(connection.scalars(select(HostBackoff.host))) == []


def test_what_came_through_late_does_not_end_a_pause(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine, pictures=3)
    first, second, _ = ledger.claim()
    ledger.fail(first, throttled(60))
    add_product(engine, "B-1")
    ledger.claim()  # reads the pauses

    assert ledger.finish(second, result(NAVY))

    assert backoff_s(engine, clock) == 60


def test_a_pause_of_last_week_is_forgotten(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    add_product(engine)
    ledger.fail(ledger.claim()[0], throttled(60))
    clock.pass_s(7 * DAY_S)

    assert ledger.fail(ledger.claim()[0], throttled()) is JobState.RETRY
    assert backoff_s(engine, clock) == 30
