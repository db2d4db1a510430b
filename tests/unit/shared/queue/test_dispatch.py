"""Dispatching, with a real ledger: which jobs, together with which others, and how often."""

from collections.abc import Generator

import pytest
from sqlalchemy import Engine, update

from shared.contracts.jobs import Queue
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine
from shared.database.models import Job
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.queue.dispatch import dispatch_due
from shared.queue.message import Notification
from shared.settings import get_settings
from tests.support.rows import Clock, add_product


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(sqlite_url: str) -> Generator[Engine]:
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Ledger:
    return Ledger(engine, get_settings(lease_s=600, backoff_s=30, redispatch_after_s=300), clock)


class Broker:
    """Keeps what was published; fails before the notification of a given number."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.heard: list[tuple[int, ...]] = []
        self.breaks_at = breaks_at

    def publish(self, notification: Notification) -> None:
        if len(self.heard) == self.breaks_at:
            raise ConnectionError("gone")
        self.heard.append(notification.job_ids)


def defer(ledger: Ledger, job_ids: list[int]) -> None:
    for claim in ledger.claim(job_ids):
        slow = StageError(Stage.FETCH, Code.FETCH_INCOMPLETE, "cut off", retry=True)
        ledger.fail(claim, slow)


def test_new_jobs_share_notifications(ledger: Ledger, engine: Engine) -> None:
    a, b, c, d, e = add_product(engine, pictures=5)
    broker = Broker()

    assert dispatch_due(ledger, broker.publish, 2) == 5

    assert broker.heard == [(a, b), (c, d), (e,)]


def test_no_job_is_dispatched_twice_until_its_notification_is_old(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    ids = tuple(add_product(engine, pictures=3))
    broker = Broker()

    dispatch_due(ledger, broker.publish, 8)
    clock.pass_s(299)
    assert dispatch_due(ledger, broker.publish, 8) == 0
    clock.pass_s(1)
    assert dispatch_due(ledger, broker.publish, 8) == 3

    assert broker.heard == [ids, ids]


def test_jobs_that_were_attempted_ring_alone_once_they_are_due(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    tried = add_product(engine, "tried", pictures=2)
    defer(ledger, tried)
    new = tuple(add_product(engine, "new", pictures=2))
    broker = Broker()

    assert dispatch_due(ledger, broker.publish, 8) == 2
    clock.pass_s(31)
    assert dispatch_due(ledger, broker.publish, 8) == 2

    assert broker.heard == [new, (tried[0],), (tried[1],)]


def test_a_lost_worker_is_noticed_when_its_lease_ends(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    (job_id,) = add_product(engine)
    ledger.claim([job_id])
    broker = Broker()

    assert dispatch_due(ledger, broker.publish, 8) == 0
    clock.pass_s(601)
    assert dispatch_due(ledger, broker.publish, 8) == 1
    assert broker.heard == [(job_id,)]


def test_jobs_that_ended_are_left_in_peace(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    (job_id,) = add_product(engine)
    (claim,) = ledger.claim([job_id])
    ledger.fail(claim, StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "404"))
    clock.pass_s(100_000)

    assert dispatch_due(ledger, Broker().publish, 8) == 0


def test_a_broker_that_breaks_down_leaves_the_rest_to_the_next_sweep(
    ledger: Ledger, engine: Engine
) -> None:
    a, b, c = add_product(engine, pictures=3)
    with pytest.raises(ConnectionError):
        dispatch_due(ledger, Broker(breaks_at=1).publish, 2)
    after = Broker()

    assert dispatch_due(ledger, after.publish, 2) == 1

    assert after.heard == [(c,)]
    assert (a, b) not in after.heard


def test_a_worker_that_hears_at_once_is_not_told_too_late(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    """A job that fails while its sweep still dispatches others is due again in its own time."""
    ids = add_product(engine, pictures=3)
    dispatch_due(ledger, lambda notification: defer(ledger, list(notification.job_ids)), 2)
    clock.pass_s(31)
    after = Broker()

    assert dispatch_due(ledger, after.publish, 2) == 3
    assert after.heard == [(job_id,) for job_id in ids]


def test_a_sweep_publishes_no_more_than_there_is_room_for(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    tried = add_product(engine, "tried", pictures=4)
    defer(ledger, tried)
    clock.pass_s(31)
    new = add_product(engine, "new", pictures=9)
    broker = Broker()

    assert dispatch_due(ledger, broker.publish, 2, most=4) == 6
    assert broker.heard == [(tried[0],), (tried[1],), tuple(new[:2]), tuple(new[2:4])]

    assert dispatch_due(ledger, broker.publish, 2, most=0) == 0
    assert dispatch_due(ledger, broker.publish, 2, most=-3) == 0


def test_room_that_suspects_do_not_need_is_for_the_others(ledger: Ledger, engine: Engine) -> None:
    ids = add_product(engine, pictures=4)
    broker = Broker()

    assert dispatch_due(ledger, broker.publish, 1, most=4) == 4
    assert broker.heard == [(job_id,) for job_id in ids]


def test_more_jobs_than_a_page_are_all_dispatched_once(ledger: Ledger, engine: Engine) -> None:
    ids = add_product(engine, pictures=2_300)
    broker = Broker()

    assert dispatch_due(ledger, broker.publish, 64) == 2_300

    assert [job_id for chunk in broker.heard for job_id in chunk] == ids
    assert {len(chunk) for chunk in broker.heard[:-1]} == {64}


def test_a_sweep_ends_though_every_notification_is_old_at_once(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    add_product(engine, pictures=1_000)
    impatient = Ledger(engine, get_settings(redispatch_after_s=1e-9))
    broker = Broker()

    assert dispatch_due(impatient, broker.publish, 1, most=2_500) == 2_500
    assert len(broker.heard) == 2_500
    engine.dispose()


def test_marks_are_kept_in_the_ledger(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    (job_id,) = add_product(engine)
    dispatch_due(ledger, Broker().publish, 8)
    with engine.begin() as connection:
        connection.execute(update(Job).where(Job.id == job_id).values(dispatched_at=None))
    again = Broker()

    assert dispatch_due(ledger, again.publish, 8) == 1
    assert again.heard == [(job_id,)]


def test_one_queue_is_dispatched_without_reading_the_others(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    backfill = add_product(engine, "old", pictures=5)
    tried, uploaded = add_product(engine, "new", pictures=2)
    with engine.begin() as connection:
        for queue, ids in ((Queue.BACKFILL, backfill), (Queue.UPLOADS, [tried, uploaded])):
            connection.execute(update(Job).where(Job.id.in_(ids)).values(queue=queue))
    defer(ledger, [tried])
    clock.pass_s(31)
    broker = Broker()

    assert dispatch_due(ledger, broker.publish, 8, queue=Queue.UPLOADS) == 2
    assert broker.heard == [(tried,), (uploaded,)]
    assert dispatch_due(ledger, broker.publish, 8, queue=Queue.NIGHTLY) == 0
    assert ledger.due(10, queue=Queue.BACKFILL) == backfill
