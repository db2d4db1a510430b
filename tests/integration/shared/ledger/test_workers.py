"""Workers announce themselves in the ledger's database, on both databases."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from shared.contracts.workers import FORGOTTEN_AFTER, LOST_AFTER, Activity, WorkerState
from shared.ledger.workers import announce, read_workers, take_leave
from tests.support.rows import Clock

NOW = Clock().now
FIRST = WorkerState(
    host="one",
    pid=7,
    name="celery@one",
    version="0.1.0",
    started_at=NOW,
    seen_at=NOW,
    activity=Activity.IDLE,
    since=NOW,
    loaded=False,
    pictures=0,
)
SECOND = replace(FIRST, host="two", name="celery@two")


def test_each_keeps_one_row_of_its_own(engine: Engine) -> None:
    announce(engine, SECOND)
    announce(engine, FIRST)
    later = NOW + timedelta(seconds=60)
    works = replace(
        FIRST,
        seen_at=later,
        activity=Activity.WORKING,
        loaded=True,
        pictures=3,
        batch_id=2**40,
        jobs=64,
    )
    announce(engine, works)
    assert read_workers(engine, later) == [works, SECOND]

    take_leave(engine, "one", 8)
    assert read_workers(engine, later) == [works, SECOND]
    take_leave(engine, "one", 7)
    assert read_workers(engine, later) == [SECOND]


def test_one_that_says_nothing_is_lost_and_after_a_day_forgotten(engine: Engine) -> None:
    announce(engine, FIRST)
    assert not FIRST.is_lost(NOW + LOST_AFTER)
    lost_at = NOW + LOST_AFTER + timedelta(seconds=1)
    assert FIRST.is_lost(lost_at)
    assert [worker.is_lost(lost_at) for worker in read_workers(engine, lost_at)] == [True]

    long_after = NOW + FORGOTTEN_AFTER + timedelta(seconds=1)
    assert read_workers(engine, long_after) == []
    assert len(read_workers(engine, NOW)) == 1  # its row is still there
    announce(engine, replace(SECOND, seen_at=long_after))
    assert [worker.host for worker in read_workers(engine, NOW)] == ["two"]
