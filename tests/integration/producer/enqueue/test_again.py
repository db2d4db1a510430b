"""What a feed makes anew: all of it, what failed, and never what was cleared away."""

from dataclasses import replace

from sqlalchemy import Engine, update

from producer.enqueue.enqueue import Again, enqueue
from shared.database.models import Batch, Job
from shared.ledger.ledger import Ledger
from tests.support.catalogue.stored import pictures, product, url
from tests.support.catalogue.worked import SHOP, work
from tests.support.rows import NAVY, result


def test_force_does_everything_again_but_what_is_still_new(engine: Engine, ledger: Ledger) -> None:
    feed = [product("A", 1), product("B", 2), product("C", 3)]
    enqueue(engine, feed[:2], SHOP)
    work(ledger, failing=(url(2),))
    enqueue(engine, feed, SHOP)
    order = replace(SHOP, again=Again.ALL)
    foreseen = enqueue(engine, feed, replace(order, dry_run=True))
    done = enqueue(engine, feed, order)
    assert (done.again, done.jobs) == (2, 2)
    assert foreseen == replace(done, batch_id=None)
    assert pictures(engine) == {"A": ["1@2"], "B": ["2@2"], "C": ["3@1"]}
    assert work(ledger) == 3


def test_force_takes_a_job_in_work_over(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1)], SHOP)
    (leased,) = ledger.claim()
    assert enqueue(engine, [product("A", 1)], replace(SHOP, again=Again.ALL)).jobs == 1
    assert not ledger.finish(leased, result(NAVY))
    (again,) = ledger.claim()
    assert ledger.finish(again, result(NAVY))


def test_retrying_takes_only_what_failed_for_good(engine: Engine, ledger: Ledger) -> None:
    feed = [product("A", 1), product("B", 2)]
    enqueue(engine, feed, SHOP)
    work(ledger, failing=(url(2),))
    assert enqueue(engine, feed, SHOP).jobs == 0
    done = enqueue(engine, feed, replace(SHOP, again=Again.FAILED))
    assert (done.again, done.jobs) == (1, 1)
    assert pictures(engine) == {"A": ["1@1"], "B": ["2@2"]}
    assert enqueue(engine, feed, replace(SHOP, again=Again.FAILED)).jobs == 0


def test_jobs_that_were_cleared_away_do_not_come_back(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1)], SHOP)
    work(ledger)
    with engine.begin() as connection:
        connection.execute(update(Job).values(batch_id=None))
        connection.execute(Batch.__table__.delete())
        connection.execute(Job.__table__.delete())
    assert enqueue(engine, [product("A", 1)], SHOP).jobs == 0
    assert enqueue(engine, [product("A", 1)], replace(SHOP, again=Again.ALL)).jobs == 1
